package flows

// CheckEvent says what is wrong with an event as HR wrote it: field id of the form -> one short sentence. It asks no directory.
func CheckEvent(e PeopleEvent, p *Policy, today Date) map[string]string { return nil }
