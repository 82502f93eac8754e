package flows

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

// The file in the repository is what the command prints.
func TestTasksFileIsTheCatalogue(t *testing.T) {
	const file = "TASKS.md"
	if *update {
		if err := os.WriteFile(file, []byte(TaskTable(texts.Language{})), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), TaskTable(texts.Language{})); diff != "" {
		t.Errorf("%s is not what \"muster policy tasks\" prints; run go test ./flows -run %s -update (-file +printed):\n%s", file, t.Name(), diff)
	}
}

// Each row of the catalogue says all that people need to know, and fits a table.
func TestEveryTaskIsDescribed(t *testing.T) {
	flows := workflows()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(flows)), sorted(everyFlow())); diff != "" {
		t.Errorf("workflows (-known +every):\n%s", diff)
	}
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		row := tasks[name]
		for what, text := range map[string]string{"what it does": row.does, "what counts as done": row.done, "how it is taken back": row.undone, "what to know": row.pitfalls} {
			if text == "" || !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s does not say %s in a sentence: %q", name, what, text)
			}
		}
		switch {
		case row.look == nil && row.act != nil:
			t.Errorf("%s acts without a look", name)
		case row.look == nil && len(row.in) == 0:
			t.Errorf("%s neither looks nor is a line of a workflow", name)
		case row.look != nil && len(row.looks) == 0:
			t.Errorf("%s has no patience", name)
		case row.plan != nil && len(row.in) == 0:
			t.Errorf("%s is planned and a line of no workflow", name)
		}
		for _, f := range row.in {
			if row.plan == nil && plansOf(texts.Language{}, f)[name] == nil && wholes()[name] == "" {
				t.Errorf("%s cannot be planned in the workflow %s", name, f)
			}
			if _, ok := flows[f]; !ok {
				t.Errorf("%s belongs to the workflow %s, which there is not", name, f)
			}
		}
		for _, p := range row.takes {
			if !slices.Contains(lineParameters(), p) {
				t.Errorf("%s takes %s, which a line does not have", name, p)
			}
		}
	}
}

// Each task of Microsoft's Lifecycle Workflows is covered, or it is said why not.
func TestLifecycleTasksAreCovered(t *testing.T) {
	by := map[int][]TaskName{}
	for name := range tasks {
		for _, n := range covers(name) {
			by[n] = append(by[n], name)
		}
	}
	for n := 1; n <= lifecycleTasks; n++ {
		if _, said := notCovered()[n]; !said && len(by[n]) == 0 {
			t.Errorf("nothing covers task %d, and nothing is said about it", n)
		}
	}
}
