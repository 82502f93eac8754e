package flows

import "strings"

// farthestReserve is how many days a name may be kept, and an account wait for its deletion: ten years.
const farthestReserve = 3660

// absence checks what the policy says of leaves, changes of name and deletion.
func (r *policyReader) absence(p *Policy) {
	r.whole("leave.ask_return_working_days", p.Leave.AskReturn, 1, 60)
	r.whole("leave.review_days", p.Leave.Review, 1, farOffset)
	if strings.ContainsAny(replyWith("", "", "").Replace(p.Leave.Reply), "{}") {
		r.wrong("leave.reply", "Only {name}, {successor} and {organisation} are filled in.")
	}
	if n := length(p.Leave.Reply); n > maxReply {
		r.wrong("leave.reply", "This is %d characters long; an automatic reply has at most %d.", n, maxReply)
	}
	r.clock("rename.at", p.Rename.At)
	r.whole("naming.reserve_days", p.Naming.ReserveDays, 0, farthestReserve)
	r.whole("leaver.delete_after_days", p.Leaver.DeleteAfter, 0, farthestReserve)
	if p.Leaver.DeleteAfter > 0 && r.given("leaver.delete_after_days") {
		hold := r.orDefault("leaver.licence_hold_days", p.Leaver.LicenceHold, holdDefault)
		if p.Leaver.DeleteAfter < hold {
			r.wrong("leaver.delete_after_days", "The account would be deleted before its licences are taken back after %s, and the mailbox with it.", count(p.Lang(), hold, "day"))
		}
	}
}
