package cards

import (
	"muster/flows"
	"muster/flows/texts"
)

// Help says what one person can do, by role; manager tells whether a case was ever put to them. Two lines each.
func Help(lang texts.Language, r flows.Roles, manager bool) Card {
	body := []block{headline(lang.Say("Muster looks after people who join, move or leave, and asks each person for their part."))}
	add := func(title, first, second string) {
		body = append(body, label(title), hint(first), hint(second))
	}
	if r[flows.HR] {
		add(lang.Say("HR"),
			lang.Say("Write “new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes”, “mover Priya Patel to Finance Assistant from 1 February, reports to Aisha Khan”, “leaver Tom Hughes, last day 30 November”, “urgent leaver Tom Hughes”, “leave Priya Patel from 1 March until 31 August” or “rename Priya Patel to Priya Stone”; the first word alone, or “secondment”, gives the form. Several at once: “new starters” or “leavers” with a line for each, or an xlsx or csv file."),
			lang.Say("You confirm a summary before anything happens, and an urgent exit needs a second person too. “move J-2026-0042 to 12 January” and “cancel J-2026-0042” show what that does, for you to confirm; “move M-2026-0042 end to 31 March” is for a secondment; “extend J-2026-0042 to 31 March” asks the manager to keep a contractor; “return A-2026-0042 on 8 August” ends a leave; “hold L-2026-0042 because” with a reason keeps a leaver’s data, “end hold” lets them go; “dry run J-2026-0042” says what a plan would do; “status” counts all cases, and “overdue”, “upcoming”, “failures” and “drift” are lists. “population”, with your list of everybody as a file, compares it with the directory and the cases; “why Priya Patel Sales” says where access came from, and “process” draws who does what when."))
	}
	if manager {
		add(lang.Say("Manager"),
			lang.Say("You get a card for each person who is to report to you: tick the access, then approve, reject, ask HR or hand over."),
			lang.Say("Away? “delegate my approvals to Maria Lopez until 12 December”; “delegations” shows it. On the first day you fetch the day-one pass here and say whether the person came. When somebody moves, the new manager says what comes and the old one what goes; when somebody leaves, you prepare the hand-over. “why Priya Patel Sales” says where the access of one of yours came from."))
	}
	if r[flows.Approver] {
		add(lang.Say("Approver"),
			lang.Say("You get a card for elevated access: sign it off, or refuse it with a reason."),
			lang.Say("“my tasks” lists what waits for you; “delegate my approvals to Maria Lopez until 12 December” while you are away."))
	}
	if r[flows.IT] {
		add(lang.Say("IT"),
			lang.Say("Steps that fail come to the IT channel: retry, do it by hand, or ask to leave it out."),
			lang.Say("“failures” lists them; “my tasks” lists what is to be done by hand; “status” counts all cases, “overdue” and “upcoming” list them; “dry run J-2026-0042” says what a plan would do, and changes nothing; “drift” or “drift Priya” shows access that is not what was decided; “why Priya Patel Sales” says where it came from; “process” draws who does what when."))
	}
	if r[flows.Owner] {
		add(lang.Say("Owner"),
			lang.Say("“status” counts all cases; “status Priya” or “status J-2026-0042” shows one; “overdue”, “upcoming” and “failures” list them."),
			lang.Say("“status J-2026-0042” shows who did what when; “evidence J-2026-0042” gives you the proof as a file, “export November” all events of a month for an audit; “drift” lists whose access is not what was decided; “why Priya Patel Sales” says where access came from; “process” draws who does what when; “dry run J-2026-0042” says what a plan would do. “review November” shows what of a month needs your word, and what you sign; “review November pdf” and “review November spreadsheet” are its files. “population”, with HR’s list as a file, says who is in it, the directory or the cases and not in the others. “policy”, with the whole policy file, shows what it would change and puts it to another owner. “pause” stops every change in Microsoft 365 at once, “resume” lets it go on."))
	}
	if r.Any(flows.Owner, flows.HR) {
		first := lang.Say("An owner asks to erase what the cases say of somebody who has left; you are told, and may be the second person who agrees.")
		if r[flows.Owner] {
			first = lang.Say("“erase Priya Patel because” and the legal ground asks to erase what the cases say of somebody who has left. A second person, an owner or HR, must agree.")
		}
		add(lang.Say("Erasing a person’s data"), first,
			lang.Say("“confirm erasure E-123456” shows whose data it is and on what ground; with “yes” after it you agree, and it cannot be undone. Nobody agrees to what they asked for, or on themselves."))
	}
	if len(body) == 1 {
		add(lang.Say("You"),
			lang.Say("Nothing in Muster waits for you. If you become part of a case, its card comes to this chat."),
			lang.Say("“my tasks” lists what you hold."))
	}
	return finish(lang.Say("What you can do with Muster"), false, body)
}
