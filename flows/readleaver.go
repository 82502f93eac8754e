package flows

// ReadLeaver reads a sentence about a leaver.
func ReadLeaver(text string, p *Policy, today Date) Sentence {
	return Sentence{Kind: LeaverEvent, SubjectText: join(splitWords(text))}
}
