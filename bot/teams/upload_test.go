package teams

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

const place = "https://larkfield-my.sharepoint.com/personal/olivia/_api/v2.0/drive/items/1/uploadSession?guid=1&tempauth=opens-it-for-anybody"

// oneDrive is a place for one file, as OneDrive keeps it. By request it may answer something else, after it did what was asked (negative
// status) or instead.
type oneDrive struct {
	have    []byte
	gone    bool
	answers []int // by request; 0 answers truthfully, -1 hangs up after it was done, 1 hangs up before
	retry   string
	asked   []string
	token   bool
}

func (d *oneDrive) RoundTrip(r *http.Request) (*http.Response, error) {
	d.token = d.token || r.Header.Get("Authorization") != ""
	d.asked = append(d.asked, strings.TrimSpace(r.Method+" "+r.Header.Get("Content-Range")))
	say := 0
	if len(d.answers) > 0 {
		say, d.answers = d.answers[0], d.answers[1:]
	}
	give := func(status int, body string) (*http.Response, error) {
		h := http.Header{}
		if d.retry != "" {
			h.Set("Retry-After", d.retry)
		}
		if status == http.StatusFound {
			h.Set("Location", "https://evil.example/")
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	switch {
	case say == 1:
		return nil, refusedConnection()
	case say > 1:
		return give(say, "")
	}
	status, body := d.do(r)
	switch {
	case say == -1:
		return nil, errors.New("connection reset")
	case say < 0:
		return give(-say, "")
	}
	return give(status, body)
}

func (d *oneDrive) do(r *http.Request) (int, string) {
	if d.gone {
		return http.StatusNotFound, `{"error":{"code":"itemNotFound"}}`
	}
	expects := func() string {
		b, err := json.Marshal(map[string][]string{"nextExpectedRanges": {fmt.Sprintf("%d-", len(d.have))}})
		if err != nil {
			return ""
		}
		return string(b)
	}
	if r.Method == http.MethodGet {
		return http.StatusOK, expects()
	}
	var from, to, total int
	if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total); err != nil || from != len(d.have) {
		return http.StatusRequestedRangeNotSatisfiable, ""
	}
	b, err := io.ReadAll(r.Body)
	if err != nil || len(b) != to-from+1 {
		return http.StatusBadRequest, ""
	}
	d.have = append(d.have, b...)
	if len(d.have) == total {
		d.gone = true
		return http.StatusCreated, `{"id":"1"}`
	}
	return http.StatusAccepted, expects()
}

func uploader(t *testing.T, d http.RoundTripper, log *bytes.Buffer) *Connector {
	t.Helper()
	return newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
		o.HTTP = d
		o.Config.ServiceURLHosts = []string{"127.0.0.1:3979"}
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	})
}

func TestUpload(t *testing.T) {
	small, large := bytes.Repeat([]byte("x"), 1000), bytes.Repeat([]byte("0123456789abcdef"), 3*uploadPiece/16+1)
	for name, tt := range map[string]struct {
		content []byte
		drive   oneDrive
		pieces  int // requests in all
		want    func(*Error) bool
		partial bool
	}{
		"in one piece":                      {content: small, pieces: 1},
		"in four":                           {content: large, pieces: 4},
		"throttled":                         {content: small, drive: oneDrive{answers: []int{429}, retry: "2"}, pieces: 3},
		"busy":                              {content: small, drive: oneDrive{answers: []int{503, 0, 500}}, pieces: 5},
		"nobody there":                      {content: small, drive: oneDrive{answers: []int{1, 1}}, pieces: 3},
		"a piece done, the answer lost":     {content: large, drive: oneDrive{answers: []int{0, -1}}, pieces: 5},
		"a piece done, and then 503":        {content: large, drive: oneDrive{answers: []int{0, -503}}, pieces: 5},
		"lost, and asking fails":            {content: large, drive: oneDrive{answers: []int{-1, 503}}, pieces: 7},
		"the last done, the answer lost":    {content: small, drive: oneDrive{answers: []int{-1}}, pieces: 2, want: func(e *Error) bool { return e.Ambiguous }},
		"the time is over":                  {content: small, drive: oneDrive{gone: true}, pieces: 1, want: func(e *Error) bool { return e.NotFound && !e.Ambiguous }, partial: true},
		"not allowed":                       {content: small, drive: oneDrive{answers: []int{401}}, pieces: 1, want: func(e *Error) bool { return e.NotFound }, partial: true},
		"no room":                           {content: small, drive: oneDrive{answers: []int{507}}, pieces: 1, want: func(e *Error) bool { return e.Status == 507 && !e.Temporary }, partial: true},
		"refused":                           {content: small, drive: oneDrive{answers: []int{400}}, pieces: 1, want: func(e *Error) bool { return e.Status == 400 && !e.Temporary && !e.NotFound }, partial: true},
		"sent elsewhere":                    {content: small, drive: oneDrive{answers: []int{302}}, pieces: 1, want: func(e *Error) bool { return e.Status == 302 }, partial: true},
		"busy for good":                     {content: small, drive: oneDrive{answers: []int{503, 503, 503, 503, 503, 503, 503, 503, 503, 503}}, pieces: 9, want: func(e *Error) bool { return e.Temporary && !e.Ambiguous }, partial: true},
		"told to wait longer than we would": {content: small, drive: oneDrive{answers: []int{429}, retry: "3600"}, pieces: 1, want: func(e *Error) bool { return e.Temporary }, partial: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &bytes.Buffer{}
				err := uploader(t, &tt.drive, log).Upload(t.Context(), place, tt.content)
				e, _ := errors.AsType[*Error](err)
				if (err == nil) != (tt.want == nil) || err != nil && !tt.want(e) {
					t.Errorf("error %+v", err)
				}
				if len(tt.drive.asked) != tt.pieces || tt.drive.token {
					t.Errorf("asked %q, token %v", tt.drive.asked, tt.drive.token)
				}
				if got := bytes.Equal(tt.drive.have, tt.content); got == tt.partial {
					t.Errorf("the file is there: %v (%d bytes)", got, len(tt.drive.have))
				}
				if text := errText(err) + log.String(); strings.Contains(text, "tempauth") || strings.Contains(text, "uploadSession") {
					t.Errorf("the address is told: %s", text)
				}
			})
		})
	}
}

// TestUploadWhere: a place that is not Microsoft's is not even asked.
func TestUploadWhere(t *testing.T) {
	for _, address := range []string{
		"http://larkfield-my.sharepoint.com/x", "https://evil.example/x?.sharepoint.com", "https://larkfield.sharepoint.com.evil.example/x",
		"https://169.254.169.254/latest", "http://127.0.0.1:3978/x", "file:///etc/passwd", "", "https://olivia:secret@larkfield.sharepoint.com/x",
	} {
		d, log := &oneDrive{}, &bytes.Buffer{}
		err := uploader(t, d, log).Upload(t.Context(), address, []byte("x"))
		if !errors.Is(err, RefusedHost) || len(d.asked) > 0 || strings.Contains(log.String()+errText(err), "secret") {
			t.Errorf("%q: %v, asked %q", address, err, d.asked)
		}
	}
	d := &oneDrive{}
	if err := uploader(t, d, &bytes.Buffer{}).Upload(t.Context(), place, nil); err == nil || len(d.asked) > 0 {
		t.Errorf("an empty file: %v", err)
	}
}

func TestReadConsent(t *testing.T) {
	for value, want := range map[string]string{
		`{"type":"fileUpload","action":"accept","context":{"a":1},"uploadInfo":{"uploadUrl":"https://x","contentUrl":"https://y","name":"n.zip","uniqueId":"u","fileType":"zip"}}`: `{"a":1} https://x n.zip`,
		`{"type":"fileUpload","action":"decline","context":{"a":1}}`: `{"a":1}`,
		`{"type":"fileUpload","action":"accept","context":{"a":1}}`:  "",
		`{"type":"other","action":"decline"}`:                        "",
		`{"type":"fileUpload","action":"maybe"}`:                     "",
		`[]`:                                                         "",
		``:                                                           "",
	} {
		got, ok := ReadConsent(Activity{Value: json.RawMessage(value)})
		text := strings.TrimSpace(string(got.Context) + " " + got.Upload.URL + " " + got.Upload.Name)
		if ok != (want != "") || ok && text != want || ok && got.Accepted != strings.Contains(want, "https") {
			t.Errorf("%s: %v %+v", value, ok, got)
		}
	}
}
