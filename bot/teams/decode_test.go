package teams

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustDecode(t *testing.T, raw []byte) Activity {
	t.Helper()
	a, err := decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ignoreRaw leaves out what each case would only repeat.
func ignoreRaw() cmp.Option {
	return cmp.Options{cmpopts.IgnoreFields(Activity{}, "Raw"), cmpopts.IgnoreUnexported(Activity{})}
}

func TestDecodeMessageInAChannel(t *testing.T) {
	raw := []byte(`{
	"type":"message","id":"1632474074231","timestamp":"2026-11-23T08:59:59.1234567Z","localTimestamp":"2026-11-23T08:59:59.1234567+00:00",
	"serviceUrl":"https://smba.trafficmanager.net/uk/","channelId":"msteams","textFormat":"plain","locale":"en-GB",
	"from":{"id":"29:hannah","name":"Hannah Reed","aadObjectId":"00000000-0000-4000-A000-000000000001"},
	"recipient":{"id":"28:00000000-0000-0000-0000-0000000000b0","name":"Muster"},
	"conversation":{"id":"19:it@thread.tacv2;messageid=1632474000000","conversationType":"channel","isGroup":true,"tenantId":"11111111-1111-1111-1111-111111111111","name":"IT"},
	"text":"<at>Muster</at>\u00a0 new starter  Priya Patel, reports to <at>Tom Hughes</at>\u200b\n",
	"replyToId":"1632474000000",
	"attachments":[
		{"contentType":"text/html","content":"<div>new starter</div>"},
		{"contentType":"application/vnd.microsoft.teams.file.download.info","name":"starters.xlsx","contentUrl":"https://larkfield.sharepoint.com/starters.xlsx",
		 "content":{"downloadUrl":"https://larkfield.sharepoint.com/download?tempauth=x","uniqueId":"u1","fileType":"xlsx","etag":"1"}},
		{"contentType":"application/vnd.microsoft.teams.file.download.info","name":"odd","content":"x"},
		{"contentType":"image/png","name":"badge.png","contentUrl":"https://smba.trafficmanager.net/uk/v3/attachments/1"}],
	"entities":[
		{"type":"clientInfo","locale":"en-GB","country":"GB","platform":"Windows","timezone":"Europe/London"},
		{"type":"mention","mentioned":{"id":"28:00000000-0000-0000-0000-0000000000b0","name":"Muster"},"text":"<at>Muster</at>"},
		{"type":"mention","mentioned":{"id":"29:tom","name":"Tom Hughes","aadObjectId":"00000000-0000-4000-a000-000000000003"},"text":"<at>Tom Hughes</at>"}],
	"channelData":{"tenant":{"id":"11111111-1111-1111-1111-111111111111"},"team":{"id":"19:general@thread.tacv2","name":"Company Team","aadGroupId":"g1"},"channel":{"id":"19:it@thread.tacv2","name":"IT"}}}`)
	want := Activity{
		Type: "message", ID: "1632474074231", ReplyTo: "1632474000000",
		ServiceURL: "https://smba.trafficmanager.net/uk/", ChannelID: "msteams",
		Text:    "new starter Priya Patel, reports to <at>Tom Hughes</at>",
		RawText: "<at>Muster</at>\u00a0 new starter  Priya Patel, reports to <at>Tom Hughes</at>\u200b\n",
		Locale:  "en-GB", TimeZone: "Europe/London",
		From:         Person{ID: "29:hannah", AADObjectID: hannah, Name: "Hannah Reed"},
		Recipient:    Person{ID: "28:" + appID, Name: "Muster"},
		Conversation: Conversation{ID: "19:it@thread.tacv2", Thread: "1632474000000", Type: InChannel, Name: "IT", TenantID: tenantID},
		Team:         Team{ID: "19:general@thread.tacv2", AADGroupID: "g1", Name: "Company Team"},
		Channel:      Channel{ID: "19:it@thread.tacv2", Name: "IT"},
		Mentions: []Mention{{
			Person: Person{ID: "29:tom", AADObjectID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes"}, Text: "<at>Tom Hughes</at>",
		}},
		Files: []File{
			{Name: "starters.xlsx", Type: "xlsx", UniqueID: "u1", DownloadURL: "https://larkfield.sharepoint.com/download?tempauth=x"},
			{Name: "badge.png", Type: "image/png", DownloadURL: "https://smba.trafficmanager.net/uk/v3/attachments/1", Inline: true},
		},
		Timestamp: time.Date(2026, 11, 23, 8, 59, 59, 123456700, time.UTC),
		Raw:       raw,
	}
	got := mustDecode(t, raw)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Activity{})); diff != "" {
		t.Errorf("activity (-want +got):\n%s", diff)
	}
	got.Tenant = tenantID
	if diff := cmp.Diff(Ref{
		ServiceURL: teamsURL, Conversation: "19:it@thread.tacv2", Thread: "1632474000000", Kind: InChannel, Tenant: tenantID,
		BotID: "28:" + appID, TeamID: "19:general@thread.tacv2", GroupID: "g1", ChannelID: "19:it@thread.tacv2",
	}, got.Ref()); diff != "" {
		t.Errorf("ref (-want +got):\n%s", diff)
	}
	if want := "19:it@thread.tacv2;messageid=1632474000000|1632474074231"; got.Key() != want {
		t.Errorf("key = %q, want %q", got.Key(), want)
	}
}

func TestDecodeInstallation(t *testing.T) {
	got := mustDecode(t, []byte(`{"type":"installationUpdate","action":"Add-Upgrade","id":"f:1","conversation":{"id":"19:it@thread.tacv2"},
	"recipient":{"id":"28:b"},"membersAdded":[{"id":"28:b"},{"id":"29:x","aadObjectId":"00000000-0000-4000-A000-00000000000b"}],
	"membersRemoved":[{"id":"29:y","aadObjectId":"not a guid"}],
	"channelData":{"eventType":"teamMemberAdded","settings":{"selectedChannel":{"id":"19:it@thread.tacv2","name":"IT"}},"teamsTeamId":"19:general@thread.tacv2"}}`))
	want := Activity{
		Type: "installationUpdate", ID: "f:1", Action: "add-upgrade", EventType: "teamMemberAdded",
		Recipient:      Person{ID: "28:b"},
		Conversation:   Conversation{ID: "19:it@thread.tacv2", Type: InChannel},
		Team:           Team{ID: "19:general@thread.tacv2"},
		Channel:        Channel{ID: "19:it@thread.tacv2", Name: "IT"},
		MembersAdded:   []Person{{ID: "28:b"}, {ID: "29:x", AADObjectID: "00000000-0000-4000-a000-00000000000b"}},
		MembersRemoved: []Person{{ID: "29:y"}},
	}
	if diff := cmp.Diff(want, got, ignoreRaw()); diff != "" {
		t.Errorf("activity (-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	const bot, tom = `{"type":"mention","mentioned":{"id":"28:b"},"text":"<at>Muster</at>"}`, `{"type":"mention","mentioned":{"id":"29:t"},"text":"<at>Muster</at>"}`
	for name, tt := range map[string]struct{ raw, entities, want string }{
		"plain":                          {"help", "", "help"},
		"empty":                          {"", "", ""},
		"only spaces":                    {" \t\r\n\u2003", "", ""},
		"spaces around and within":       {"  my \t tasks \n", "", "my tasks"},
		"no-break space":                 {"my\u00a0tasks\u00a0", "", "my tasks"},
		"escaped no-break space":         {"<at>Muster</at>&nbsp;my tasks", bot, "my tasks"},
		"an ampersand":                   {"R&D manager", "", "R&D manager"},
		"zero width":                     {"\ufeffsta\u200btus\u2060", "", "status"},
		"direction marks":                {"\u202estatus\u202c J-2026-0042\u200e", "", "status J-2026-0042"},
		"control characters":             {"sta\x00tus\x1b", "", "status"},
		"mention of the bot":             {"<at>Muster</at> status", bot, "status"},
		"mention at the end":             {"status <at>Muster</at>", bot, "status"},
		"mention without a space":        {"<at>Muster</at>status<at>Muster</at>Priya", bot, "status Priya"},
		"mention without an entity":      {"<at>Muster</at> status", "", "<at>Muster</at> status"},
		"somebody else called Muster":    {"<at>Muster</at> status", tom, "<at>Muster</at> status"},
		"letters of other scripts, kept": {"new starter Zoë Müller-Łukasz 李", "", "new starter Zoë Müller-Łukasz 李"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(map[string]any{
				"type": "message", "conversation": map[string]any{"id": "a:1"}, "recipient": map[string]any{"id": "28:b"},
				"text": tt.raw, "entities": json.RawMessage("[" + tt.entities + "]"),
			})
			if err != nil {
				t.Fatal(err)
			}
			got := mustDecode(t, raw)
			if got.Text != tt.want || got.RawText != tt.raw {
				t.Errorf("text = %q, raw %q; want %q, raw %q", got.Text, got.RawText, tt.want, tt.raw)
			}
		})
	}
}

func TestValue(t *testing.T) {
	for name, tt := range map[string]struct{ value, want string }{
		"none":                  {``, ``},
		"null":                  {`"value":null,`, ``},
		"an object":             {`"value":{"verb":"approve"},`, `{"verb":"approve"}`},
		"an object in a string": {`"value":" {\"verb\":\"approve\"}",`, `{"verb":"approve"}`},
		"a string":              {`"value":"approve",`, `{"value":"approve"}`},
		"half an object":        {`"value":"{\"verb\"",`, `{"value":"{\"verb\""}`},
		"an array":              {`"value":[1,2],`, `{"value":[1,2]}`},
		"a number":              {`"value":7,`, `{"value":7}`},
		"an array in a string":  {`"value":"[1]",`, `{"value":"[1]"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustDecode(t, []byte(`{"type":"message",`+tt.value+`"conversation":{"id":"a:1"}}`))
			if string(got.Value) != tt.want {
				t.Errorf("value = %s, want %s", got.Value, tt.want)
			}
		})
	}
}

func TestKindOfConversation(t *testing.T) {
	for id, tt := range map[string]struct{ more, want string }{
		"a:1abc":                         {"", Personal},
		"19:u_b@unq.gbl.spaces":          {"", Personal},
		"19:abc@thread.v2":               {"", GroupChat},
		"19:abc@thread.tacv2":            {"", InChannel},
		"19:abc@thread.skype":            {"", InChannel},
		"19:abc@thread.tacv2;messageid=": {"", InChannel},
		"x":                              {"", ""},
		"y":                              {`,"isGroup":true`, GroupChat},
		"z":                              {`,"conversationType":"personal"`, Personal},
	} {
		got := mustDecode(t, []byte(`{"type":"message","conversation":{"id":"`+id+`"`+tt.more+`}}`))
		if got.Conversation.Type != tt.want {
			t.Errorf("%s is %q, want %q", id, got.Conversation.Type, tt.want)
		}
	}
}

func TestKeyWithoutID(t *testing.T) {
	a := mustDecode(t, []byte(`{"type":"message","text":"a","conversation":{"id":"a:1"}}`))
	again := mustDecode(t, []byte(`{"type":"message","text":"a","conversation":{"id":"a:1"}}`))
	b := mustDecode(t, []byte(`{"type":"message","text":"b","conversation":{"id":"a:1"}}`))
	if a.Key() != again.Key() || a.Key() == b.Key() {
		t.Errorf("keys %q, %q, %q: want the first two the same, the third another", a.Key(), again.Key(), b.Key())
	}
}

func TestGUID(t *testing.T) {
	for s, want := range map[string]string{
		hannah: hannah, strings.ToUpper(hannah): hannah,
		"": "", hannah + "0": "", "00000000-0000-0000-0000-0000000000020": "",
		"00000000-0000-4000-a000-00000000000g": "", "00000000x0000-4000-a000-000000000001": "", "-0000000-0000-4000-a000-000000000001": "",
	} {
		if got := guid(s); got != want {
			t.Errorf("guid(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(wire(f, nil))
	f.Add(wire(f, map[string]any{"value": `{"verb":"approve"}`}))
	f.Add(wire(f, map[string]any{"type": "invoke", "value": []int{1}, "text": "<at>Muster</at>\u00a0x\xff"}))
	f.Add([]byte(`{"type":"x","conversation":{"id":";messageid=;messageid="},"entities":[null,1],"channelData":{"team":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := decode(raw)
		if err != nil {
			if reason(err) != RefusedMalformed {
				t.Errorf("error without its refusal: %v", err)
			}
			return
		}
		if a.Type == "" || a.Conversation.Address() == "" && a.Conversation.ID != "" {
			t.Errorf("activity without type or conversation: %+v", a)
		}
		if a.Value != nil {
			var object map[string]json.RawMessage
			if json.Unmarshal(a.Value, &object) != nil {
				t.Errorf("value is not an object: %s", a.Value)
			}
		}
		if id := a.From.AADObjectID; id != "" && guid(id) != id {
			t.Errorf("object id %q", id)
		}
		if squeeze(a.Text) != a.Text && !strings.Contains(a.Text, "&nbsp;") {
			t.Errorf("text %q is not normal: %q", a.Text, squeeze(a.Text))
		}
		if !utf8.ValidString(a.Text) || strings.ContainsFunc(a.Text, unicode.IsControl) {
			t.Errorf("text %q holds what cannot be seen", a.Text)
		}
		// What the library is given must suit it, too.
		if got := a.forLibrary(); string(got.Type) != a.Type {
			t.Errorf("library gets type %q", got.Type)
		}
	})
}
