package cards

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"muster/flows"
)

// The help of each role names every command that the table of rights gives it, and none that it does not.
func TestHelpIsWhatOneMay(t *testing.T) {
	table, err := os.ReadFile("../flows/RIGHTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, commands, ok := strings.Cut(string(table), "## What people write\n")
	commands, _, after := strings.Cut(commands, "\n## ")
	if !ok || !after {
		t.Fatal("the table has another shape")
	}
	called := map[flows.Role]string{flows.HR: "HR", flows.IT: "IT", flows.Approver: "approver", flows.Owner: "owner"}
	tried := 0
	for line := range strings.Lines(commands) {
		cells := strings.Split(line, " | ")
		if len(cells) < 3 || !strings.HasPrefix(line, "| `") {
			continue
		}
		command := strings.Trim(cells[0], "|` ")
		for role, name := range called {
			card, err := json.Marshal(Help(spoken, flows.Roles{role: true}, false))
			if err != nil {
				t.Fatal(err)
			}
			who := cells[2]
			says := strings.Contains(string(card), "“"+command+" ") || strings.Contains(string(card), "“"+command+"”")
			may := strings.Contains(who, name)
			if strings.Contains(who, "everybody") || command == "why" && role == flows.Approver {
				continue
			}
			tried++
			if says != may {
				t.Errorf("the help of %s names %q: %t, and they may: %t", name, command, says, may)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d tried", tried)
	}
}
