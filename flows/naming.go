package flows

// Candidates are the sign-in names to try for a person, best first, at most max of them, each with the domain.
func (n Naming) Candidates(given, surname, domain string, max int) []string { return nil }
