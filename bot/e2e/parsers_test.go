package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// foreign are the files that read bytes which somebody else wrote, and the fuzz tests that feed them anything.
var foreign = map[string]string{
	"bot/teams/decode.go":               "bot/teams FuzzDecode", // an activity
	"bot/teams/names.go":                "bot/teams FuzzClear",
	"bot/teams/validator.go":            "bot/teams FuzzToken",
	"bot/teams/switch.go":               "bot/teams FuzzSwitch", // whose token it claims to be
	"bot/teams/keys.go":                 "bot/teams FuzzKeys",
	"bot/teams/consent.go":              "bot/teams FuzzConsent",
	"bot/teams/error.go":                "bot/teams FuzzAnswer",
	"bot/teams/connector.go":            "bot/teams FuzzAnswer",
	"bot/teams/upload.go":               "bot/teams FuzzUploadAnswer",
	"bot/teams/config.go":               "bot/teams FuzzHosts",
	"bot/teams/fetch.go":                "bot/teams FuzzHosts",
	"bot/bot.go":                        "bot FuzzInvoke", // what a card sends
	"bot/files.go":                      "bot FuzzInvoke",
	"cards/press.go":                    "cards FuzzRead",
	"bot/intake/event.go":               "bot/intake FuzzRead", // an HR system's event
	"bot/hook/hook.go":                  "bot/hook FuzzAnswer",
	"bot/publish/witness.go":            "bot/publish FuzzWitness",
	"bot/config/config.go":              "bot/config FuzzRead",
	"bot/config/places.go":              "bot/config FuzzRead",
	"flows/policyread.go":               "flows FuzzParsePolicy",
	"flows/policynode.go":               "flows FuzzParsePolicy",
	"flows/hr/csv.go":                   "flows/hr FuzzReadCSV",
	"flows/hr/xlsx.go":                  "flows/hr FuzzReadXLSX",
	"flows/hr/row.go":                   "flows/hr FuzzReadXLSX",
	"flows/hr/population.go":            "flows/hr FuzzReadPopulation",
	"flows/graph/wire.go":               "flows/graph FuzzAnswer",
	"flows/graph/rest.go":               "flows/graph FuzzAnswer",
	"flows/graph/raw.go":                "flows/graph FuzzAnswer",
	"flows/graph/credential.go":         "flows/graph FuzzAuthorityAnswer",
	"bot/setup/doctortokens.go":         "bot/setup FuzzReadClaims",
	"bot/backup/backup.go":              "bot/backup FuzzBackup",
	"flows/graph/reply.go":              "flows/graph FuzzReply",
	"store/evidence/packzip.go":         "store/evidence FuzzPack", // an evidence pack
	"store/evidence/verify.go":          "store/evidence FuzzPack",
	"store/evidence/header.go":          "store/evidence FuzzHeader",
	"store/evidence/checkpoint.go":      "store/evidence FuzzNotes",
	"store/evidence/chain.go":           "store/evidence FuzzNotes",
	"store/evidence/cosign.go":          "store/evidence FuzzNotes",
	"store/evidence/auditor/auditor.go": "store/evidence FuzzPack",
	"store/evidence/auditor/entries.go": "store/evidence FuzzPack",
	"store/evidence/auditor/keys.go":    "store/evidence FuzzPack",
	"store/evidence/auditor/zip.go":     "store/evidence FuzzPack",
	"store/evidence/lines.go":           "store/evidence FuzzLines", // the whole log, as somebody hands it on
	// What people write: sentences, and what follows a command. They are read word by word, so no call below gives them away.
	"flows/turn.go":           "flows FuzzReadCommand",
	"flows/sentence.go":       "flows FuzzReadJoiner",
	"flows/readleaver.go":     "flows FuzzReadLeaver",
	"flows/readmover.go":      "flows FuzzReadMover",
	"flows/readabsence.go":    "flows FuzzReadAbsence",
	"flows/dates.go":          "flows FuzzReadArguments",
	"flows/readexit.go":       "flows FuzzReadArguments",
	"flows/sampleread.go":     "flows FuzzReadArguments",
	"flows/reviewmonth.go":    "flows FuzzReadArguments",
	"flows/delegationread.go": "flows FuzzReadArguments",
	"flows/changing.go":       "flows FuzzReadArguments",
	"flows/rows.go":           "flows FuzzReadArguments",
}

// own are the files that decode what Muster itself wrote, into its store or its queue, or an operator into its environment: what is wrong
// there was found by the store's own checks, which have mutation tests.
var own = []string{
	"bot/copies.go", "bot/deliver.go", "bot/reach.go", "bot/send.go", "bot/teams/playground.go", "bot/load", "bot/e2e", "bot/sandbox", "cards/paper/xlsx.go", "cards/report/talk.go",
	"flows/graphsim", "flows/graph/clientsecret.go", // the rig's own token endpoint
	"flows/silence.go", "flows/brake.go", "flows/bulk.go", "flows/sweep.go", "flows/ledger.go", "flows/drafting.go", "flows/incoming.go", "flows/wasbefore.go", "flows/renaming.go",
	"flows/correct.go", "flows/publish.go", "flows/erasuretraces.go", "flows/pack.go", "flows/populationread.go", "flows/files.go", "flows/runner.go", "flows/pause.go", "flows/delegation.go",
	"flows/erasure.go", "flows/engine.go", "flows/runstep.go", "flows/entry.go", "store/rows.go", "store/store.go", "store/checkpoint.go", "store/read.go", "store/evidence/key.go", "manifest",
	"flows/policydefaults.go", "flows/policykeys.go", "flows/policydiff.go", "flows/restored.go", "flows/unreached.go", "cards/check", "cards/walk.go", "bot/reached.go",
}

// TestEveryParserIsFuzzed finds the files that decode something by the calls with which it is done. A new one stands in one of the lists or
// fails here, and each fuzz test that is named exists.
func TestEveryParserIsFuzzed(t *testing.T) {
	decodes := regexp.MustCompile(`\b(json\.(Unmarshal|NewDecoder)|yaml\.(Unmarshal|NewDecoder)|parser\.ParseBytes|zip\.NewReader|csv\.NewReader|xml\.(Unmarshal|NewDecoder)|gob\.NewDecoder|excelize\.Open\w+|note\.Open|jwt\.NewParser|gzip\.NewReader|tar\.NewReader|binary\.Read)\(`)
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil || !decodes.Match(b) {
			return err
		}
		name, err := filepath.Rel(root, path)
		found[filepath.ToSlash(name)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range found {
		ours := slices.ContainsFunc(own, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
		if foreign[name] == "" && !ours {
			t.Errorf("%s decodes something. Whose bytes are they? If others write them, name its fuzz test in foreign; if we do, put it into own", name)
		}
		if foreign[name] != "" && ours {
			t.Errorf("%s stands in both lists", name)
		}
	}
	for name, test := range foreign {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("%s is not there any more: %v", name, err)
		}
		dir, fuzz, _ := strings.Cut(test, " ")
		files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(f string) bool {
			b, err := os.ReadFile(f)
			return err == nil && strings.Contains(string(b), "\nfunc "+fuzz+"(f *testing.F)")
		}) {
			t.Errorf("%s has no %s", dir, fuzz)
		}
	}
	if len(found) < 40 {
		t.Errorf("only %d files decode something: the search is broken", len(found))
	}
}
