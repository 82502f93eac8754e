package flows

// Sentence is what could be read from one sentence about a joiner. What was said and not understood is a doubt or in Rest; what was not
// said is empty. Nothing in it is a guess: a doubtful value carries its doubt.
type Sentence struct {
	Kind        EventKind
	Given       string
	Surname     string
	Job         string // name of a job profile; empty when JobText is not one
	JobText     string // the job as typed
	Start       Date
	StartText   string // the start as typed
	ManagerText string // the manager as typed
	Site        string // name of a site
	Employment  string // "employee", "contractor" or not said
	End         Date
	Doubts      map[string]string // field id of the form -> one sentence
	Rest        []string          // parts not understood, as typed
}

// ReadJoiner reads a sentence such as "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes". The parts may
// come in any order. today is the day at the organisation.
func ReadJoiner(text string, p *Policy, today Date) Sentence { return Sentence{} }
