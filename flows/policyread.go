package flows

// PolicyProblem is one thing that is wrong with a policy file.
type PolicyProblem struct {
	Line, Column int    // from 1
	Path         string // such as jobs["Account Manager"].access[2].group
	Say          string // one sentence
}

// PolicyProblems is everything that is wrong with a policy file, in the order of its lines.
type PolicyProblems struct {
	File     string
	Problems []PolicyProblem
}

func (e *PolicyProblems) Error() string { return e.File }

// ParsePolicy reads and checks a policy. name is what the file is called in errors. Everything wrong is reported at once as *PolicyProblems.
func ParsePolicy(name string, yaml []byte) (*Policy, error) { return nil, &PolicyProblems{File: name} }

// FindJobs are the job profiles that the text may mean.
func (p *Policy) FindJobs(text string) []string { return nil }

// FindSites are the sites that the text may mean.
func (p *Policy) FindSites(text string) []string { return nil }
