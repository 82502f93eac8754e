package cards

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

var allVerbs = []string{
	flows.VerbCheck, flows.VerbChange, flows.VerbConfirm, flows.VerbWithdraw, flows.VerbApprove, flows.VerbReject, flows.VerbAsk, flows.VerbHandOver,
	flows.VerbReply, flows.VerbSignOff, flows.VerbRefuse, flows.VerbRetry, flows.VerbByHand, flows.VerbWaive, flows.VerbWaiveAgree, flows.VerbManualDone,
	flows.VerbManualCannot, flows.VerbShowPass, flows.VerbStarted, flows.VerbNotStarted, flows.VerbResume, flows.VerbEnd, flows.VerbDetails,
	flows.VerbDriftFix, flows.VerbDriftIgnore, flows.VerbDriftKeep, flows.VerbRefresh, flows.VerbOverdue, flows.VerbFailures, flows.VerbUpcoming, flows.VerbDelegate, flows.VerbEndDelegation,
	flows.VerbBulkConfirm, flows.VerbBulkCancel, flows.VerbBulkMend, flows.VerbBulkOut, flows.VerbAllApprove, flows.VerbOneReject, flows.VerbOneAsk, flows.VerbOneHandOver,
	flows.VerbPopulationOpen, flows.VerbPopulationFile,
	flows.VerbRelease, flows.VerbExtend, flows.VerbLetEnd, flows.VerbComeBack,
	flows.VerbChangeMake, flows.VerbChangeDrop, flows.VerbChangeSecond, flows.VerbGoOn, flows.VerbReturnOn, flows.VerbReturnAccess, flows.VerbDelete, flows.VerbKeep, flows.VerbRestore,
	flows.VerbContractExtend, flows.VerbContractLet, flows.VerbExtendAgree, flows.VerbExtendDeny,
	flows.VerbReviewSave, flows.VerbReviewSign, flows.VerbReviewPage, flows.VerbReviewFiles,
	flows.VerbPolicyPropose, flows.VerbPolicyAgree, flows.VerbPolicyRefuse, flows.VerbPolicyWithdraw,
}

var somePlan = strings.Repeat("0a", 32)

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		data string
		want Press
	}{
		"a form": {
			`{"verb":"draft.check","draft":"D-7f3a","given":" Priya ","surname":"Patel","job":"Account Manager","start":"2027-01-05","manager":"00000000-0000-4000-A000-000000000003","notes":"a\r\nb","unknown":"x"}`,
			Press{Verb: flows.VerbCheck, Draft: "D-7f3a", Inputs: map[string]string{"given": "Priya", "surname": "Patel", "job": "Account Manager", "start": "2027-01-05", "manager": "00000000-0000-4000-A000-000000000003", "notes": "a\nb"}},
		},
		"an approval, as Teams joins ticks": {
			`{"verb":"access.approve","case":"J-2026-0042","version":3,"plan":"` + somePlan + `","items":"group:Sales,licence:SPB,group:Sales","elevated":"group:Contract Admins"}`,
			Press{Verb: flows.VerbApprove, Case: "J-2026-0042", Version: 3, Plan: flows.PlanHash(somePlan), Ticked: []flows.StepKey{"group:Sales", "licence:SPB", "group:Contract Admins"}},
		},
		"nothing ticked": {
			`{"verb":"access.approve","case":"J-2026-0042","version":"3","items":"","elevated":""}`,
			Press{Verb: flows.VerbApprove, Case: "J-2026-0042", Version: 3},
		},
		"ticks as a list, with commas in a name": {
			`{"verb":"access.approve","case":"J-2026-0042","items":["group:Sales%2C EMEA","group:100%25"]}`,
			Press{Verb: flows.VerbApprove, Case: "J-2026-0042", Ticked: []flows.StepKey{"group:Sales, EMEA", "group:100%"}},
		},
		"one elevated item needs no tick": {
			`{"verb":"elevated.approve","case":"J-2026-0042","step":"group:Contract Admins"}`,
			Press{Verb: flows.VerbSignOff, Case: "J-2026-0042", Step: "group:Contract Admins", Ticked: []flows.StepKey{"group:Contract Admins"}},
		},
		"a hand-over": {
			`{"verb":"access.handover","case":"J-2026-0042","delegate":"00000000-0000-4000-A000-000000000004"}`,
			Press{Verb: flows.VerbHandOver, Case: "J-2026-0042", Delegate: maria.ID},
		},
		"a reason, without characters that turn text": {
			`{"verb":"access.reject","case":"J-2026-0042","reason":" not \u202enow\u0000 "}`,
			Press{Verb: flows.VerbReject, Case: "J-2026-0042", Inputs: map[string]string{"reason": "not now"}},
		},
		"a list": {`{"verb":"list.overdue"}`, Press{Verb: flows.VerbOverdue}},
		"numbers and switches in a text field": {
			`{"verb":"draft.check","draft":"D-1","cost_centre":100,"notes":true}`,
			Press{Verb: flows.VerbCheck, Draft: "D-1", Inputs: map[string]string{"cost_centre": "100", "notes": "true"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want.Inputs == nil {
				tt.want.Inputs = map[string]string{}
			}
			got, err := Read(spoken, object(t, tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("press (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ data, say string }{
		"nothing":                  {`{}`, "not one of mine"},
		"an unknown verb":          {`{"verb":"case.delete","case":"J-2026-0042"}`, "not one of mine"},
		"a verb that is no text":   {`{"verb":7}`, "not one of mine"},
		"no case":                  {`{"verb":"access.approve"}`, "not one of mine"},
		"a case of another shape":  {`{"verb":"access.approve","case":"../J-2026-0042"}`, "not one of mine"},
		"no draft":                 {`{"verb":"draft.confirm","case":"J-2026-0042"}`, "not one of mine"},
		"a draft of another shape": {`{"verb":"draft.confirm","draft":"D-1/x"}`, "not one of mine"},
		"no step":                  {`{"verb":"step.retry","case":"J-2026-0042"}`, "not one of mine"},
		"a step that is no text":   {`{"verb":"step.retry","case":"J-2026-0042","step":{}}`, "not one of mine"},
		"a plan of another shape":  {`{"verb":"access.approve","case":"J-2026-0042","plan":"abc"}`, "not one of mine"},
		"a version below zero":     {`{"verb":"access.approve","case":"J-2026-0042","version":-1}`, "not one of mine"},
		"half a version":           {`{"verb":"access.approve","case":"J-2026-0042","version":1.5}`, "not one of mine"},
		"a version in words":       {`{"verb":"access.approve","case":"J-2026-0042","version":"two"}`, "not one of mine"},
		"a version that is a list": {`{"verb":"access.approve","case":"J-2026-0042","version":[]}`, "not one of mine"},
		"ticks that are no text":   {`{"verb":"access.approve","case":"J-2026-0042","items":[1]}`, "not one of mine"},
		"ticks that are an object": {`{"verb":"access.approve","case":"J-2026-0042","items":{}}`, "not one of mine"},
		"far too many ticks":       {`{"verb":"access.approve","case":"J-2026-0042","items":"` + manyTicks() + `"}`, "not one of mine"},
		"a text that is an object": {`{"verb":"access.reject","case":"J-2026-0042","reason":{}}`, "too long or not text"},
		"a text without end":       {`{"verb":"access.reject","case":"J-2026-0042","reason":"` + strings.Repeat("é", longestText+1) + `"}`, "too long or not text"},
		"nothing to sign off":      {`{"verb":"elevated.approve","case":"J-2026-0042","elevated":""}`, "Nothing is ticked"},
		"nobody to hand over to":   {`{"verb":"access.handover","case":"J-2026-0042","delegate":""}`, "Nobody was chosen"},
		"a name instead of an id":  {`{"verb":"access.handover","case":"J-2026-0042","delegate":"Maria Lopez"}`, "Nobody was chosen"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Read(spoken, object(t, tt.data))
			if flows.CodeOf(err) != flows.Invalid || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("read as %+v, error %v", p, err)
			}
			if diff := cmp.Diff(Press{}, p); diff != "" {
				t.Errorf("something came out of a refused press: %s", diff)
			}
		})
	}
}

func manyTicks() string {
	keys := make([]string, 0, mostTicked+1)
	for i := range mostTicked + 1 {
		keys = append(keys, "group:"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26))
	}
	return strings.Join(keys, ",")
}

func object(t testing.TB, s string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestChoiceValues holds that any key survives being a comma-joined choice.
func TestChoiceValues(t *testing.T) {
	keys := []flows.StepKey{"group:Sales", "group:a,b", "group:100%", "group:%2C", "group:%252C,", "manual:Laptop (15″)"}
	var values []string
	for _, k := range keys {
		values = append(values, choiceOf(k))
	}
	got, ok := ticked(strings.Join(values, ","))
	if diff := cmp.Diff(keys, got); diff != "" || !ok {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// FuzzRead holds that no data makes Read panic, and that what it lets through has the shapes the engine relies on.
func FuzzRead(f *testing.F) {
	for _, card := range gallery(f) {
		walk(parse(f, card), nil, func(n node, _ []node) {
			if str(n, "type") == "Action.Execute" {
				b, err := json.Marshal(n["data"])
				if err != nil {
					f.Fatal(err)
				}
				f.Add(b)
			}
		})
	}
	f.Add([]byte(`{"verb":"access.handover","case":"J-2026-0042","delegate":"x","items":"a,,b%2"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m map[string]any
		if json.Unmarshal(b, &m) != nil {
			return
		}
		p, err := Read(spoken, m)
		if err != nil {
			if flows.CodeOf(err) != flows.Invalid {
				t.Fatalf("error %v", err)
			}
			return
		}
		need, known := needed(p.Verb)
		if !known || !slices.Contains(allVerbs, p.Verb) || need == needsDraft && p.Draft == "" || (need == needsCase || need == needsStep) && p.Case == "" || need == needsStep && p.Step == "" || p.Version < 0 {
			t.Fatalf("let through: %+v", p)
		}
		for id, v := range p.Inputs {
			if v != strings.TrimSpace(v) || !slices.Contains(inputIDs, id) && !strings.HasPrefix(id, flows.UntilInput) && !strings.HasPrefix(id, flows.WordInput) || strings.ContainsAny(v, "\x00\r\u202e") {
				t.Fatalf("input %s is %q", id, v)
			}
		}
		if slices.Contains(p.Ticked, "") {
			t.Fatalf("an empty tick in %q", p.Ticked)
		}
	})
}
