package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/flows/texts"
)

// Dossier is what an evidence pack tells of one case, as the log had it at one moment: what its files for people are drawn from.
type Dossier struct {
	Stream   CaseID // the case, or a draft
	Case     Case   // its version is 0 when the texts of the case were erased, and of a draft
	Records  []Record
	Policies []KeptPolicy // those in force when its plans were made, in the order they were named
	Log      string       // which log: the tenant
	Key      string       // the log's public key
	Covered  int64        // entries of the log that the pack's checkpoint covers
	Earlier  int64        // and that the last one before it covered; 0: there was none
	At       time.Time
}

// KeptPolicy is a policy that plans name by its hash.
type KeptPolicy struct {
	Hash string
	Text []byte // nil when this Muster did not keep it
}

// PackFile is a file of an evidence pack for people to read.
type PackFile struct {
	Name string
	Data []byte
}

// PolicyAdopted says that a policy is in force from now on. Its text is kept under its hash, which plans name. It belongs to no case.
type PolicyAdopted struct {
	Policy string `json:"policy"` // SHA-256 of the file, in hex
	Was    string `json:"was,omitempty"`
	Ref    string `json:"ref,omitempty"`   // the proposal that was agreed to; empty: Muster was started with another file
	By     Person `json:"by,omitzero"`     // who proposed it; nobody: the file was changed where Muster runs
	Second Person `json:"second,omitzero"` // the owner who agreed
}

// Kind is the kind, for ever.
func (PolicyAdopted) Kind() Kind { return "policy.adopted.1" }

// told is how the policy came into force, in one sentence.
func (b PolicyAdopted) told(lang texts.Language) string {
	switch {
	case b.Ref == "":
		return lang.Say("The policy was changed: Muster was started with another file, and no owner had agreed to it.")
	case b.By.ID == "":
		return lang.Say("The policy was changed: its file was changed where Muster runs, and %s agreed (%s).", b.Second.Name, b.Ref)
	}
	return lang.Say("The policy was changed: %s proposed it, and %s agreed (%s).", b.By.Name, b.Second.Name, b.Ref)
}

// deciders are those who changed the policy.
func deciders(b PolicyAdopted) []AccountID {
	var out []AccountID
	for _, p := range []Person{b.By, b.Second} {
		if p.ID != "" {
			out = append(out, p.ID)
		}
	}
	return out
}

const (
	// PolicyKey and a hash are what the text of a policy is remembered under.
	PolicyKey = "policy/"
	// policyNow is what the policy in force is remembered under.
	policyNow = "policy_now"
)

// inForce is the policy in force. It is stored: field names are for ever.
type inForce struct {
	Policy string    `json:"policy"`
	Since  time.Time `json:"since"`
}

// Adopt keeps the text of the policy, so that what a plan was made under can be shown for as long as the plan, and logs when it came into
// force. It is called at each start; nothing is written when the policy is the one that was in force.
func (e *Engine) Adopt(ctx context.Context) error {
	hash := e.Policy.Hash()
	var was inForce
	v, err := e.Store.Recall(ctx, policyNow)
	if err == nil {
		err = json.Unmarshal(v, &was)
	}
	switch {
	case CodeOf(err) == NotFound:
	case err != nil:
		return fmt.Errorf("recall the policy in force: %w", err)
	case was.Policy == hash:
		return nil
	}
	now := e.Now().UTC()
	adopted := PolicyAdopted{Policy: hash, Was: was.Policy}
	ch, tell, err := e.settled(ctx, &adopted, now)
	if err != nil {
		return err
	}
	if tell {
		news, err := e.policyNews(ctx, was.Policy, now)
		if err != nil {
			return err
		}
		ch.Add = append(ch.Add, news...)
	}
	v, err = json.Marshal(inForce{Policy: hash, Since: now})
	if err != nil {
		return fmt.Errorf("keep the policy: %w", err)
	}
	ch.Entries = append(ch.Entries, Entry{At: now, Body: adopted})
	ch.Memos = append(ch.Memos, Memo{Key: PolicyKey + hash, Value: e.Policy.text}, Memo{Key: policyNow, Value: v}, Memo{Key: policyPassed})
	if err := e.Commit(ctx, ch); err != nil {
		return fmt.Errorf("keep the policy: %w", err)
	}
	return nil
}

// newsMost is how many changes of a policy are told in the owners' channel.
const newsMost = 12

// policyNews tells the owners that another policy is in force than the one before, and what it says otherwise: who may do what is theirs to
// answer for, whoever wrote the file.
func (e *Engine) policyNews(ctx context.Context, was string, now time.Time) ([]Errand, error) {
	if was == "" || e.Policy.Channels.Owners == "" {
		return nil, nil
	}
	text, err := e.Store.Recall(ctx, PolicyKey+was)
	if CodeOf(err) == NotFound {
		return nil, nil // from before texts were kept
	}
	if err != nil {
		return nil, fmt.Errorf("recall the policy before: %w", err)
	}
	said := e.lang().Say("The policy was changed, and the new one is in force from now on. Cases that were decided on go on as they were decided.")
	before, err := ParsePolicy(e.lang().Say("the policy before"), text)
	if err != nil {
		said += e.lang().Say(" What is different cannot be told, because this version of Muster cannot read the one before.")
	} else {
		changes, err := DiffPolicies(before, e.Policy)
		if err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return nil, nil // comments, or a default written down
		}
		for i, c := range changes {
			if i == newsMost {
				said += e.lang().Say("\n- and %d more", len(changes)-i)
				break
			}
			said += "\n- " + cutText(c.String(), 200)
		}
	}
	return []Errand{{
		Key: SayErrand + "/policy/" + e.Policy.Hash(), Kind: SayErrand, Due: now, Body: errandBody(SayWork{To: Recipient{Channel: "owners"}, Text: said}),
	}}, nil
}
