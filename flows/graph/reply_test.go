package graph

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// What was set is read back as it was, whatever Exchange wraps around it.
func TestReplyRoundTrip(t *testing.T) {
	for _, text := range []string{
		"Tom has left.", "Two\nlines", "a\n\n\nb", "  not\n  at the edges  \nof lines", "run   of    spaces", "1 < 2 & 3 > 2 \"quoted\" it's", "&amp; is not &", "<b>not bold</b>",
		"<br> stays", "Grüße, 日本", "a\ttab", "<!-- shown -->", "semi;colon &nbsp; shown", "&",
	} {
		want := strings.TrimSpace(text)
		for name, page := range map[string]string{
			"as sent":   htmlOf(want),
			"in a page": "<html>\r\n<head>\r\n<style><!-- p { margin: 0 } --></style>\r\n<title>Reply</title>\r\n</head>\r\n<body dir=\"ltr\">\r\n<!-- made by Exchange -->\r\n<div class=\"x\">" + htmlOf(want) + "</div>\r\n</body>\r\n</html>\r\n",
			"rewritten": "<HTML><BODY><P>" + strings.ReplaceAll(strings.ReplaceAll(htmlOf(want), "<br>", "<BR/>\r\n"), "&nbsp;", "\u00a0") + "</P></BODY></HTML>",
		} {
			if got := textOf(page); got != want {
				t.Errorf("%s: %q became %q", name, want, got)
			}
		}
	}
	if got := htmlOf("a\r\nb\rc"); got != "a<br>b<br>c" {
		t.Errorf("line ends: %q", got)
	}
}

// Any text comes back, but for no-break spaces, which come back as spaces, and what counts as a line end.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"Tom has left.", "a\n b  c\t<d>&amp;", "\x00\xff<!--", "&nbsp;&#9;&lt"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(strings.TrimSpace(text)))
		if got := textOf(htmlOf(strings.TrimSpace(text))); got != want {
			t.Errorf("%q became %q", want, got)
		}
		textOf(text) // whatever it is
	})
}

func TestTextOf(t *testing.T) {
	for page, want := range map[string]string{
		"":                                      "",
		"plain\ntext":                           "plain text",
		"<p>one</p><p>two</p>":                  "one\ntwo",
		"<div>one</div>\n<div><br></div>two":    "one\n\ntwo",
		"<ul><li>a</li><li>b</li></ul>":         "a\nb",
		"<b>bold</b> and <a href=\"x>y\">a</a>": "bold and y\">a",
		"<style>p{}</style>shown":               "shown",
		"<script>never ends":                    "",
		"<!-- never ends":                       "",
		"a < b":                                 "a",
		"tail <":                                "tail",
	} {
		if got := textOf(page); got != want {
			t.Errorf("%q reads %q, want %q", page, got, want)
		}
	}
}

func TestFetchReply(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	page := func(s string) string { return `"<html>\n<body>\n` + s + `\n</body>\n</html>\n"` }
	both := func(inside, outside string) string {
		return `"internalReplyMessage":` + page(inside) + `,"externalReplyMessage":` + page(outside)
	}
	from := func(at, zone string) string {
		return `,"scheduledStartDateTime":{"dateTime":"` + at + `","timeZone":"` + zone + `"}`
	}
	to := func(at, zone string) string {
		return `,"scheduledEndDateTime":{"dateTime":"` + at + `","timeZone":"` + zone + `"}`
	}
	for name, tt := range map[string]struct{ setting, want string }{
		"on":                  {`"status":"alwaysEnabled","externalAudience":"all",` + both("Gone.", "Gone."), "Gone."},
		"off, with old words": {`"status":"disabled","externalAudience":"all",` + both("Gone.", "Gone."), ""},
		"inside only":         {`"status":"alwaysEnabled","externalAudience":"none",` + both("Gone.", "Gone."), "Inside: Gone.\nOutside: "},
		"contacts only":       {`"status":"alwaysEnabled","externalAudience":"contactsOnly",` + both("Gone.", "Gone."), "Inside: Gone.\nOutside: "},
		"other words outside": {`"status":"alwaysEnabled","externalAudience":"all",` + both("Gone.", "Gone to lunch."), "Inside: Gone.\nOutside: Gone to lunch."},
		"on, without words":   {`"status":"alwaysEnabled","externalAudience":"all","internalReplyMessage":null`, ""},
		"scheduled, now":      {`"status":"scheduled","externalAudience":"all",` + both("Away.", "Away.") + from("2026-12-01T12:00:00.0000000", "UTC") + to("2026-12-02T00:00:00.0000000", "UTC"), "Away."},
		"scheduled, later":    {`"status":"scheduled","externalAudience":"all",` + both("Away.", "Away.") + from("2026-12-01T12:00:01.0000000", "UTC") + to("2026-12-02T00:00:00.0000000", "UTC"), ""},
		"scheduled, over":     {`"status":"scheduled","externalAudience":"all",` + both("Away.", "Away.") + from("2026-11-01T00:00:00.0000000", "UTC") + to("2026-12-01T12:00:00.0000000", "UTC"), ""},
		"scheduled, no zone":  {`"status":"scheduled","externalAudience":"all",` + both("Away.", "Away.") + from("2026-12-24T00:00:00", "GMT Standard Time") + to("2026-12-25T00:00:00", "GMT Standard Time"), "Away."},
		"scheduled, no times": {`"status":"scheduled","externalAudience":"all",` + both("Away.", "Away."), "Away."},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stub{answers: list(says(200, `{"timeZone":"UTC","automaticRepliesSetting":{`+tt.setting+`}}`))}
			c := open(t, Options{Transport: direct{s}, Now: func() time.Time { return now }})
			if got, err := c.FetchReply(t.Context(), priya); err != nil || got != tt.want {
				t.Errorf("reply = %q, %v, want %q", got, err, tt.want)
			}
			if r := s.one(t); r.Path != "/v1.0/users/"+string(priya)+"/mailboxSettings" {
				t.Errorf("asked %s", r.Path)
			}
		})
	}
	for _, body := range []string{`{}`, `{"automaticRepliesSetting":null}`, `{"automaticRepliesSetting":{}}`} {
		c, _ := on(t, says(200, body))
		if got, err := c.FetchReply(t.Context(), priya); flows.SayOf(err) != sayUnreadable {
			t.Errorf("%s: %q, %v, want unreadable", body, got, err)
		}
	}
}
