package flows

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/flows/texts"
)

// The population check: HR's list of everybody against the directory and Muster's cases. It says who is in one of them and not in the
// others. It changes nothing: a finding opens a form, and HR confirms that like any other.

// HRPerson is one row of HR's list.
type HRPerson struct {
	Line       int
	EmployeeID string
	Address    string // sign-in name or mail
	Name       string
	Given      string
	Surname    string
	Job        string
	Manager    string
	Start      Date
	Left       Date
	Problem    string // why the row cannot be compared
}

// PopulationKind is what a finding is about. It is stored, so a name is for ever.
type PopulationKind string

// The kinds of finding, the gravest first.
const (
	StillOpen   PopulationKind = "still_open"   // left in HR's list, and the sign-in is open
	NotListed   PopulationKind = "not_listed"   // the sign-in is open, and HR's list does not have the person
	NoAccount   PopulationKind = "no_account"   // in HR's list, and there is no account
	ShutOut     PopulationKind = "shut_out"     // works here by HR's list, and the sign-in is blocked
	NoCase      PopulationKind = "no_case"      // started since Muster is in use, and no case says so
	InDoubt     PopulationKind = "in_doubt"     // who is meant cannot be told for certain
	NotCompared PopulationKind = "not_compared" // the row cannot be read
)

// PopulationKinds are all of them, in the order in which they are shown.
var PopulationKinds = []PopulationKind{StillOpen, NotListed, NoAccount, ShutOut, NoCase, InDoubt, NotCompared}

// PopulationFinding is one difference. It is stored: field names are for ever.
type PopulationFinding struct {
	Kind       PopulationKind `json:"kind"`
	Line       int            `json:"line,omitempty"` // of HR's list
	Name       string         `json:"name,omitempty"`
	Given      string         `json:"given,omitempty"`
	Surname    string         `json:"surname,omitempty"`
	EmployeeID string         `json:"employee_id,omitempty"`
	UPN        string         `json:"upn,omitempty"`
	Account    AccountID      `json:"account,omitempty"`
	Job        string         `json:"job,omitempty"`
	Manager    string         `json:"manager,omitempty"`
	Start      Date           `json:"start,omitempty"`
	Left       Date           `json:"left,omitempty"`
	Doubt      string         `json:"doubt,omitempty"` // one sentence: what is not certain
	Opened     bool           `json:"opened,omitempty"`
}

// Opens is the event whose form a finding opens; empty when there is none.
func (f PopulationFinding) Opens() EventKind {
	switch f.Kind {
	case StillOpen, NotListed:
		return LeaverEvent
	case NoAccount:
		return JoinerEvent
	}
	return ""
}

// Population is what a check found. It is stored: field names are for ever.
type Population struct {
	ID       string              `json:"id"`
	By       Person              `json:"by"`
	At       time.Time           `json:"at"`
	Zone     string              `json:"zone,omitempty"` // IANA; where the one who asked works, as far as the policy says
	File     string              `json:"file"`
	Rows     int                 `json:"rows"`     // people of HR's list
	Accounts int                 `json:"accounts"` // with an open sign-in, those left aside not among them
	Same     int                 `json:"same"`     // people who are as they should be
	Aside    int                 `json:"aside,omitempty"`
	Findings []PopulationFinding `json:"findings,omitempty"`
}

// Counts are how many findings there are of each kind.
func (p Population) Counts() map[PopulationKind]int {
	out := map[PopulationKind]int{}
	for _, f := range p.Findings {
		out[f.Kind]++
	}
	return out
}

// staffIndex finds accounts.
type staffIndex struct {
	staff                     []Account
	byNumber, byAddr, byNames map[string][]int
}

func indexStaff(staff []Account) staffIndex {
	x := staffIndex{staff, map[string][]int{}, map[string][]int{}, map[string][]int{}}
	add := func(m map[string][]int, key string, i int) {
		if key = plain(key); key != "" && !slices.Contains(m[key], i) {
			m[key] = append(m[key], i)
		}
	}
	for i, a := range staff {
		add(x.byNumber, a.EmployeeID, i)
		add(x.byAddr, a.UPN, i)
		for _, s := range a.Addresses {
			if kind, addr, ok := strings.Cut(s, ":"); ok && strings.EqualFold(kind, "smtp") {
				add(x.byAddr, addr, i)
			}
		}
		add(x.byNames, a.Name, i)
		add(x.byNames, a.Given+" "+a.Surname, i)
	}
	return x
}

// find is the account of a person: by employee number, then by address, then by name, which is a doubt to be said. -1: there is none, or
// which one cannot be told; the doubt says so then.
func (x staffIndex) find(lang texts.Language, p HRPerson) (at int, doubt string) {
	number, addr := x.byNumber[plain(p.EmployeeID)], x.byAddr[plain(p.Address)]
	switch {
	case len(number) > 1:
		return -1, lang.Say("Several accounts have the employee number %s.", p.EmployeeID)
	case len(number) == 1 && len(addr) > 0 && !slices.Contains(addr, number[0]):
		return -1, lang.Say("The employee number is that of %s, and the address that of %s.", x.staff[number[0]].UPN, x.staff[addr[0]].UPN)
	case len(number) == 1:
		return number[0], ""
	case len(addr) > 1:
		return -1, lang.Say("Several accounts have the address %s.", p.Address)
	case len(addr) == 1:
		return addr[0], ""
	}
	name := p.Name
	if name == "" {
		return -1, ""
	}
	switch same := x.byNames[plain(name)]; len(same) {
	case 0:
		return -1, ""
	case 1:
		a := x.staff[same[0]]
		if p.EmployeeID != "" && a.EmployeeID != "" || p.Address != "" {
			return -1, lang.Say("There is an account of that name, %s, with another number or address. It may be somebody else.", a.UPN)
		}
		return same[0], lang.Say("Only the name is the same as that of %s.", a.UPN)
	}
	return -1, lang.Say("Several accounts have that name.")
}

// caseIndex are the cases by the person they are about.
type caseIndex struct {
	account map[AccountID][]Case
	name    map[string][]Case // of those without an account
	since   Date              // since when Muster is in use
}

func indexCases(cases []Case) caseIndex {
	x := caseIndex{map[AccountID][]Case{}, map[string][]Case{}, ""}
	var first Case
	for _, c := range cases {
		if c.Account != "" {
			x.account[c.Account] = append(x.account[c.Account], c)
		} else {
			x.name[plain(c.Event.Name())] = append(x.name[plain(c.Event.Name())], c)
		}
		if first.Version == 0 || c.Raised.At.Before(first.Raised.At) {
			first = c
		}
	}
	if len(cases) > 0 {
		x.since = DateOf(first.Raised.At.In(first.Location()))
	}
	return x
}

// open reports whether there is an open case of one of the kinds.
func open(cases []Case, kinds ...EventKind) bool {
	return slices.ContainsFunc(cases, func(c Case) bool { return !c.Over() && slices.Contains(kinds, c.Kind) })
}

// CheckPopulation compares. Guests are not people who work here, and are not in staff; accounts that the policy protects or says are no
// people's are left aside. cases are those that the one who asks may know.
func CheckPopulation(list []HRPerson, staff []Account, cases []Case, p *Policy, today Date) Population {
	out := Population{Rows: len(list)}
	accounts, known := indexStaff(staff), indexCases(cases)
	taken := map[int]int{} // account -> line
	doubted := map[int]bool{}
	add := func(h HRPerson, k PopulationKind, at int, doubt string) {
		f := PopulationFinding{
			Kind: k, Line: h.Line, Name: h.Name, Given: h.Given, Surname: h.Surname, EmployeeID: h.EmployeeID, UPN: h.Address, Job: h.Job, Manager: h.Manager,
			Start: h.Start, Left: h.Left, Doubt: doubt,
		}
		if at >= 0 {
			f.Account, f.UPN = staff[at].ID, staff[at].UPN
			f.Name = cmp.Or(f.Name, staff[at].Name)
		}
		out.Findings = append(out.Findings, f)
	}
	for _, h := range list {
		if h.Problem != "" {
			add(h, NotCompared, -1, h.Problem)
			if at, _ := accounts.find(p.Lang(), h); at >= 0 {
				doubted[at] = true // the list has them, whatever it says of them
			}
			continue
		}
		at, doubt := accounts.find(p.Lang(), h)
		if at >= 0 {
			if line, twice := taken[at]; twice {
				add(h, InDoubt, at, p.Lang().Say("Line %s is about the same account.", strconv.Itoa(line)))
				continue
			}
			taken[at] = h.Line
		}
		gone, coming := h.Left != "" && h.Left.Before(today), today.Before(h.Start)
		switch {
		case at < 0 && doubt != "":
			if !gone {
				add(h, InDoubt, -1, doubt)
			}
			for _, i := range slices.Concat(accounts.byNumber[plain(h.EmployeeID)], accounts.byAddr[plain(h.Address)], accounts.byNames[plain(h.Name)]) {
				doubted[i] = true // it is said once
			}
			if gone {
				add(h, InDoubt, -1, doubt)
			}
		case at < 0 && gone:
			out.Same++
		case at < 0:
			if open(known.name[plain(h.Name)], JoinerEvent) {
				out.Same++
			} else {
				add(h, NoAccount, -1, "")
			}
		default:
			out.compare(h, staff[at], known, doubt, gone, coming, func(k PopulationKind, doubt string) { add(h, k, at, doubt) })
		}
	}
	for i, a := range staff {
		if !a.Enabled {
			continue
		}
		if p.IsProtected(a) || p.Population.notPerson(a) {
			out.Aside++
			continue
		}
		out.Accounts++
		if _, matched := taken[i]; matched || doubted[i] {
			continue
		}
		if open(known.account[a.ID], LeaverEvent, JoinerEvent) {
			out.Same++ // it is on its way out, or in
			continue
		}
		out.Findings = append(out.Findings, PopulationFinding{Kind: NotListed, Name: a.Name, Given: a.Given, Surname: a.Surname, EmployeeID: a.EmployeeID, UPN: a.UPN, Account: a.ID})
	}
	slices.SortStableFunc(out.Findings, func(a, b PopulationFinding) int {
		return cmp.Or(cmp.Compare(slices.Index(PopulationKinds, a.Kind), slices.Index(PopulationKinds, b.Kind)), cmp.Compare(plain(a.Name), plain(b.Name)), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// compare is about somebody who stands in the list and has an account.
func (p *Population) compare(h HRPerson, a Account, known caseIndex, doubt string, gone, coming bool, add func(PopulationKind, string)) {
	of := known.account[a.ID]
	joined := slices.ContainsFunc(of, func(c Case) bool { return c.Kind == JoinerEvent && c.State != Stopped })
	switch {
	case gone && a.Enabled && !open(of, LeaverEvent):
		add(StillOpen, doubt)
	case !gone && !coming && !a.Enabled && !open(of, LeaveEvent, JoinerEvent, LeaverEvent):
		add(ShutOut, doubt)
	case !gone && !coming && h.Start != "" && known.since != "" && !h.Start.Before(known.since) && !joined:
		add(NoCase, doubt)
	case doubt != "":
		add(InDoubt, doubt)
	default:
		p.Same++
	}
}

// PopulationPolicy is what is no person.
type PopulationPolicy struct {
	NotPeople []string `yaml:"not_people,omitempty" json:"not_people,omitempty" jsonschema:"description=Accounts that are no people's\\, such as those of services and rooms: sign-in names\\, in which * stands for any letters. The check of HR's list leaves them aside."`
}

func (p PopulationPolicy) notPerson(a Account) bool {
	return slices.ContainsFunc(p.NotPeople, func(pattern string) bool {
		is, err := path.Match(strings.ToLower(pattern), strings.ToLower(a.UPN))
		return err == nil && is
	})
}
