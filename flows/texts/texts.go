// Package texts is what Muster says in each of its languages. The code says it in English, and the English sentence is its own name in the
// catalogues of the other languages, as GNU gettext does it: one file per language, in the format that translators' tools read
// (https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html). A sentence that a catalogue lacks is said in English; the tests let
// none be missing.
package texts

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/leonelquinteros/gotext"
)

// Language is one of those that Muster speaks. The zero value is English. It is safe for use by several goroutines.
type Language struct {
	tag  string
	said map[string]string // by the English
	days *strings.Replacer
}

//go:embed de.po
var german []byte

// Tags are the languages that there are, by BCP 47 tag, English first.
func Tags() []string { return []string{"en", "de"} }

// speaks reads the German catalogue once.
var speaks = sync.OnceValue(func() Language { return read("de", german) })

// In is the language of a tag, and whether Muster speaks it.
func In(tag string) (Language, bool) {
	switch tag {
	case "", "en":
		return Language{}, true
	case "de":
		return speaks(), true
	}
	return Language{}, false
}

// IsZero reports whether it is English.
func (l Language) IsZero() bool { return l.tag == "" }

// MarshalText writes the tag.
func (l Language) MarshalText() ([]byte, error) { return []byte(l.tag), nil }

// UnmarshalText reads a tag. A language that this version does not speak is an error: what was said in it cannot be said again.
func (l *Language) UnmarshalText(tag []byte) error {
	is, ok := In(string(tag))
	if !ok {
		return fmt.Errorf("read language: %q is not spoken", tag)
	}
	*l = is
	return nil
}

func read(tag string, catalogue []byte) Language {
	po := gotext.NewPo()
	po.Parse(catalogue)
	l := Language{tag: tag, said: map[string]string{}}
	for english, t := range po.GetDomain().GetTranslations() {
		if said := t.Get(); said != "" {
			l.said[english] = said
		}
	}
	var pairs []string
	for m := range 12 {
		name := time.Month(m + 1).String()
		pairs = append(pairs, name, l.Word(name))
		if name != "May" { // which is as short as its short form
			pairs = append(pairs, name[:3], l.Word(name[:3]))
		}
	}
	for d := range 7 {
		name := time.Weekday(d).String()
		pairs = append(pairs, name, l.Word(name), name[:3], l.Word(name[:3]))
	}
	l.days = strings.NewReplacer(pairs...)
	return l
}

// Tag is the language's BCP 47 tag.
func (l Language) Tag() string {
	if l.IsZero() {
		return "en"
	}
	return l.tag
}

// Say is a sentence, or a part of one, in this language. Its verbs are those of fmt; without args nothing is read as a verb. In another
// language the parts may stand in another order (%[2]s).
func (l Language) Say(english string, args ...any) string {
	if len(args) == 0 {
		return l.Word(english)
	}
	return fmt.Sprintf(l.Word(english), args...)
}

// Word is a text that stands in a value, such as the word of a state. What no catalogue knows stays as it is.
func (l Language) Word(english string) string {
	if said, ok := l.said[english]; ok {
		return said
	}
	return english
}

// Time writes a date or a time of day. The layout is that of package time, in English; a language may have its own in its place.
func (l Language) Time(t time.Time, layout string) string {
	if l.said == nil {
		return t.Format(layout)
	}
	return l.days.Replace(t.Format(l.Word(layout)))
}

// Equal reports whether two are the same language.
func (l Language) Equal(o Language) bool { return l.Tag() == o.Tag() }
