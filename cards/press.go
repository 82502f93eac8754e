package cards

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/flows"
	"muster/flows/texts"
)

// The ids of inputs, beside those of the forms (fieldGiven and the following). They are a contract for scripts.
const (
	inItems    = "items"    // approval: keys of the steps that are ticked, separated by commas
	inElevated = "elevated" // approval and sign-off: the same for elevated steps
	inDelegate = "delegate" // object id of a person
	inReason   = "reason"
	inQuestion = "question"
	inAnswer   = "answer"
	inNote     = "note"
)

// Press is one press on a card, read and tidied but not trusted: who pressed, whether they may and whether it still fits is the engine's
// to find out.
type Press struct {
	Verb     string       // one of the engine's verbs
	Case     flows.CaseID // of every verb but draft.*, list.* and a refresh of a draft
	Draft    string       // of draft.*
	Version  int          // of the case, as the card showed it
	Plan     flows.PlanHash
	Step     flows.StepKey
	Ticked   []flows.StepKey   // access.approve: what is wanted, elevated ones included; elevated.*: what is decided on
	Delegate flows.AccountID   // access.handover; in lower case
	Each     []flows.EachPress // together.*: what is decided on each of several cases
	Inputs   map[string]string // every other input of the card by its id, trimmed; only ids that Muster's cards use
}

// needs says what a verb cannot do without.
type needs int

const (
	needsNothing needs = iota
	needsDraft
	needsCase
	needsStep
)

// needed says what a verb needs; false for one that no card has.
func needed(verb string) (needs, bool) {
	switch verb {
	case flows.VerbCheck, flows.VerbChange, flows.VerbConfirm, flows.VerbWithdraw:
		return needsDraft, true
	case flows.VerbReviewSave, flows.VerbReviewSign, flows.VerbReviewPage, flows.VerbReviewFiles:
		return needsDraft, true
	case flows.VerbBulkConfirm, flows.VerbBulkCancel, flows.VerbBulkMend, flows.VerbBulkOut, flows.VerbAllApprove, flows.VerbOneReject, flows.VerbOneAsk, flows.VerbOneHandOver,
		flows.VerbPopulationOpen, flows.VerbPopulationFile,
		flows.VerbPolicyPropose, flows.VerbPolicyAgree, flows.VerbPolicyRefuse, flows.VerbPolicyWithdraw:
		return needsDraft, true
	case flows.VerbApprove, flows.VerbReject, flows.VerbAsk, flows.VerbHandOver, flows.VerbReply, flows.VerbSignOff, flows.VerbRefuse, flows.VerbResume, flows.VerbEnd, flows.VerbReturnOn, flows.VerbDelete, flows.VerbKeep, flows.VerbRestore, flows.VerbDetails, flows.VerbRelease, flows.VerbComeBack:
		return needsCase, true
	case flows.VerbGoOn:
		return needsCase, true
	case flows.VerbChangeMake, flows.VerbChangeDrop, flows.VerbChangeSecond, flows.VerbContractExtend, flows.VerbContractLet, flows.VerbExtendAgree, flows.VerbExtendDeny:
		return needsStep, true
	case flows.VerbRetry, flows.VerbByHand, flows.VerbWaive, flows.VerbWaiveAgree, flows.VerbManualDone, flows.VerbManualCannot, flows.VerbShowPass, flows.VerbStarted, flows.VerbNotStarted, flows.VerbReturnAccess, flows.VerbExtend, flows.VerbLetEnd:
		return needsStep, true
	case flows.VerbDriftFix, flows.VerbDriftIgnore, flows.VerbDriftKeep:
		return needsCase, true
	case flows.VerbOverdue, flows.VerbFailures, flows.VerbUpcoming, flows.VerbRefresh, flows.VerbDelegate, flows.VerbEndDelegation:
		return needsNothing, true
	}
	return needsNothing, false
}

var (
	caseForm  = regexp.MustCompile(`^[A-Z]-[0-9]{4}-[0-9]{4,9}$`)
	draftForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	hashForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	shortForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	guidForm  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// Longest texts that are read; more is refused rather than cut, so that nobody's words are changed.
const (
	longestText = 4000
	longestStep = 300
	mostTicked  = 500
)

var errForeign = &flows.Error{Code: flows.Invalid, Say: "That button is not one of mine, so nothing was done. Open the card again from your chat with me, or write “help”."}

// Read turns the data of a press (Action.Execute's data, or the value of its Action.Submit fallback) into a Press. Everything that is not of
// a shape that Muster's own cards send is an Invalid error with a sentence for the presser.
func Read(lang texts.Language, data map[string]any) (Press, error) {
	p := Press{Verb: word(data["verb"]), Case: flows.CaseID(word(data["case"])), Draft: word(data["draft"]), Plan: flows.PlanHash(word(data["plan"])), Inputs: map[string]string{}}
	need, known := needed(p.Verb)
	switch {
	case !known,
		p.Case != "" && !caseForm.MatchString(string(p.Case)),
		p.Draft != "" && !draftForm.MatchString(p.Draft),
		p.Plan != "" && !hashForm.MatchString(string(p.Plan)),
		need == needsDraft && p.Draft == "",
		(need == needsCase || need == needsStep) && p.Case == "":
		return Press{}, errForeign
	}
	var ok bool
	if p.Version, ok = number(data["version"]); !ok {
		return Press{}, errForeign
	}
	step, ok := text(data["step"], longestStep)
	if !ok || need == needsStep && step == "" {
		return Press{}, errForeign
	}
	p.Step = flows.StepKey(step)
	for _, id := range inputIDs {
		v, sent := data[id]
		if !sent {
			continue
		}
		s, ok := text(v, longestText)
		if !ok {
			return Press{}, &flows.Error{Code: flows.Invalid, Say: lang.Say("One of the texts is too long or not text, so nothing was done. Please keep each under 4,000 characters.")}
		}
		if s == nobody && (id == fieldSubject || id == fieldSuccessor || id == fieldStandIn) {
			s = ""
		}
		p.Inputs[id] = s
	}
	for id, v := range data {
		if !strings.HasPrefix(id, flows.UntilInput) {
			continue
		}
		day, ok := text(v, len("2027-06-30"))
		if !ok || len(id) > longestStep+len(flows.UntilInput) || len(p.Inputs) > mostTicked {
			return Press{}, errForeign
		}
		if day != "" {
			p.Inputs[id] = day
		}
	}
	if !readWords(&p, data) {
		return Press{}, errForeign
	}
	if p.Ticked, ok = ticked(data[inItems], data[inElevated], data[inDrop]); !ok {
		return Press{}, errForeign
	}
	if (p.Verb == flows.VerbSignOff || p.Verb == flows.VerbRefuse) && len(p.Ticked) == 0 {
		if p.Step == "" {
			return Press{}, &flows.Error{Code: flows.Invalid, Say: lang.Say("Nothing is ticked, so nothing was decided. Tick what you want to decide on.")}
		}
		p.Ticked = []flows.StepKey{p.Step}
	}
	if strings.HasPrefix(p.Verb, "together.") && !readEach(&p, data) {
		return Press{}, errForeign
	}
	if p.Verb == flows.VerbDelegate {
		if p.Delegate = flows.AccountID(strings.ToLower(word(data[inDelegate]))); !guidForm.MatchString(string(p.Delegate)) {
			p.Delegate = "" // the form asks again
		}
	}
	if p.Verb == flows.VerbHandOver || p.Verb == flows.VerbOneHandOver {
		p.Delegate = flows.AccountID(strings.ToLower(word(data[inDelegate])))
		if !guidForm.MatchString(string(p.Delegate)) {
			return Press{}, &flows.Error{Code: flows.Invalid, Say: lang.Say("Nobody was chosen, so nothing was handed over. Choose one person from the directory.")}
		}
	}
	return p, nil
}

// inputIDs are the inputs that hold text, in the order of the forms.
var inputIDs = append(slices.Concat(joinerFields, absenceFields), fieldSubject, fieldLastDay, fieldLastTime, fieldSuccessor, fieldReply, fieldHold, fieldHoldUntil, fieldHandover, inKeepReason, inUntil, inReason, inQuestion, inAnswer, inNote, inRow, fieldFrom, fieldUntil, inContractUntil)

// word is a short machine-made text; anything else is empty.
func word(v any) string {
	s, ok := v.(string)
	if !ok || len(s) > 100 {
		return ""
	}
	return strings.TrimSpace(s)
}

// text reads what was typed: trimmed, with one kind of line break and without characters that hide or turn other text.
func text(v any, longest int) (string, bool) {
	var s string
	switch v := v.(type) {
	case nil:
	case string:
		s = v
	case bool:
		s = strconv.FormatBool(v)
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		s = v.String()
	default:
		return "", false
	}
	if utf8.RuneCountInString(s) > longest {
		return "", false
	}
	return strings.TrimSpace(visible(s)), true
}

// visible drops control characters other than line breaks and tabs, and the marks that turn the direction of text or take no room, by
// which one name can be made to look like another. The joiners that some scripts and pictures need stay.
func visible(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r == '\u200b', r == '\u200e', r == '\u200f', r == '\u061c', r == '\u00ad',
			r == '\ufeff', r >= 0xE0000 && r <= 0xE0FFF:
			return -1
		}
		return r
	}, s)
}

// number reads a version: clients send a number as one or as text.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case int:
		return v, v >= 0
	case float64:
		if v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
			return 0, false
		}
		return int(v), true
	case json.Number:
		return number(v.String())
	case string:
		n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 31)
		return int(n), err == nil
	}
	return 0, false
}

// ticked joins the multiple choices: comma-joined text as Teams sends it, or a list.
func ticked(sets ...any) ([]flows.StepKey, bool) {
	var out []flows.StepKey
	for _, set := range sets {
		var values []string
		switch v := set.(type) {
		case nil:
		case string:
			values = strings.Split(v, ",")
		case []any:
			for _, x := range v {
				s, ok := x.(string)
				if !ok {
					return nil, false
				}
				values = append(values, s)
			}
		default:
			return nil, false
		}
		for _, s := range values {
			k := keyOf(strings.TrimSpace(s))
			if k == "" || slices.Contains(out, k) {
				continue
			}
			if len(k) > longestStep || len(out) == mostTicked {
				return nil, false
			}
			out = append(out, k)
		}
	}
	return out, true
}

// A step's key may hold a name with a comma, which would split a comma-joined answer: in the value of a choice a comma is %2C and a per
// cent sign %25.
var (
	toChoice   = strings.NewReplacer("%", "%25", ",", "%2C")
	fromChoice = strings.NewReplacer("%25", "%", "%2C", ",", "%2c", ",")
)

func choiceOf(k flows.StepKey) string  { return toChoice.Replace(string(k)) }
func keyOf(value string) flows.StepKey { return flows.StepKey(fromChoice.Replace(value)) }
