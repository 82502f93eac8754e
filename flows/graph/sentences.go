package graph

import "muster/flows"

// What IT reads where the status alone says it.
const (
	sayCredentials = "Microsoft 365 refused Muster's credentials. Check the app's secret or certificate and its expiry."
	sayNoAuthority = "Muster got no token from the sign-in service of Microsoft 365. It is tried again later; if it lasts, check the network and the app's credential."
	sayNoAnswer    = "Microsoft 365 does not answer now. It is tried again later."
	sayUnsent      = "The request to Microsoft 365 could not be made. Muster's log says why."
	sayUnreadable  = "Microsoft 365 gave an answer that Muster cannot read. Muster's log has the request id."
)

// sentence is one situation that shares its error code with others and is told apart by words of the message, which Microsoft may
// reword: then the general sentence for 400 takes its place, and nothing worse.
type sentence struct {
	fragment string // of the message, in lower case
	reason   reason
	code     flows.Code
	say      string
}

// sentences are the situations of reference/graph.md 4.1 that a joiner or a leaver can meet.
func sentences() []sentence {
	return []sentence{
		{"already exist for the following modified properties", alreadyThere, flows.Conflict, "It is a member already."},
		{"permission being assigned already exists", alreadyThere, flows.Conflict, "The account holds this role already."},
		{"removed object references do not exist", notThere, flows.Conflict, "It is not a member any more."},
		{"at least one owner", plain, flows.Conflict, "A group keeps its last owner. Make somebody else an owner first."},
		{"current default authentication method", plain, flows.Conflict, "The default sign-in method goes last. Remove the account's other methods first."},
		{"source resource object or one of the objects being referenced", plain, flows.NotFound, "An object is not known everywhere in Microsoft 365: it is too new to be seen, or was deleted."},
		{"mail-enabled security groups and or distribution list", plain, flows.Invalid, "Exchange manages the members of this group. Add the person there."},
		{"dynamic membership", plain, flows.Invalid, "The members of this group follow a rule. Change the attribute that the rule looks at."},
		{"on-premises mastered", plain, flows.Invalid, "This object is managed in the on-premises directory. Change it there."},
		{"another object with the same value", plain, flows.Conflict, "Another object already has this name or address."},
		{"does not have any available licenses", plain, flows.NoSeat, "No seat of this licence is free. Buy one or free one: Muster goes on by itself as soon as there is one."},
		{"invalid usage location", plain, flows.Invalid, "The account needs a usage location before it can hold a licence."},
		{"depends on the service plan", plain, flows.Invalid, "This licence needs another licence with it."},
		{"mutually exclusive", plain, flows.Invalid, "This licence cannot be held together with one that the account holds."},
		{"conflicts with service plan", plain, flows.Invalid, "This licence cannot be held together with one that the account holds."},
		{"inherited from a group membership", plain, flows.Invalid, "The licence comes from a group. It goes when the person leaves the group."},
		{"does not have a corresponding license", notHeld, flows.Conflict, "The account does not hold this licence."},
		{"domain portion of the userprincipalname", plain, flows.Invalid, "The domain of the sign-in name is not verified in the tenant. Correct the naming rule or verify the domain."},
		{"password complexity", plain, flows.Invalid, "The tenant's password rule refused the first password."},
		{"invalid value specified for property", plain, flows.Invalid, "Microsoft 365 does not accept one of the values."},
		{"external guest user", plain, flows.Invalid, "A Temporary Access Pass cannot be made for a guest of another organisation."},
		{"already exists for this user", plain, flows.Conflict, "The account has a usable Temporary Access Pass already. Remove it first."},
		{"usercredentialpolicy does not allow", plain, flows.Invalid, "The tenant's policy does not allow this Temporary Access Pass. Check that it is switched on for the person, and its lifetimes."},
	}
}
