package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

const (
	maxFile  = 4 << 20
	fileType = "application/vnd.microsoft.teams.file.download.info"
)

type sayCall struct {
	As     string    `json:"as"`
	Chat   string    `json:"chat"`
	Text   string    `json:"text"`
	Thread string    `json:"thread"`
	File   *fileCall `json:"file"`
}

type fileCall struct {
	Name   string `json:"name"`
	Base64 string `json:"base64"`
}

// postSay writes a message as a person and answers when the bot has taken it.
// Text in a channel mentions the bot, or it would not be delivered at all.
func (s *Sandbox) postSay(r *http.Request) (int, any) {
	var in sayCall
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	t, status, body := s.seat(in.As, in.Chat)
	if status != 0 {
		return status, body
	}
	if !t.account.enabled {
		return refuse(http.StatusForbidden, "%s cannot sign in: the account is disabled", t.person.Key)
	}
	if strings.TrimSpace(in.Text) == "" && in.File == nil {
		return refuse(http.StatusBadRequest, "there is nothing to say")
	}
	if len(in.Text) > maxMessage/2 {
		return refuse(http.StatusRequestEntityTooLarge, "the message is too long")
	}
	m := message{Chat: t.conv.internal, From: t.person.ID, Text: in.Text, Format: "plain"}
	if in.Thread != "" {
		root, ok := s.world.message(in.Thread)
		if !ok || t.channel.Key == "" || root.Chat != m.Chat {
			return refuse(http.StatusNotFound, "there is no thread %q here", in.Thread)
		}
		m.Thread = root.Thread
	}
	var files []attachment
	if in.File != nil {
		if t.channel.Key != "" {
			return refuse(http.StatusBadRequest, "files can be sent in the 1:1 chat only")
		}
		stored, problem := s.keepFile(*in.File)
		if problem != "" {
			return refuse(http.StatusBadRequest, "%s", problem)
		}
		m.Files = []fileRef{{ID: stored.ID, Name: stored.Name, Size: len(stored.Data)}}
		files = []attachment{s.fileAttachment(stored)}
	}
	if t.channel.Key == "" && strings.EqualFold(t.person.Tenant, s.opt.Tenant) {
		// A person who came after Install gets the app when they first open it.
		if err := s.installFor(r.Context(), t.person); err != nil {
			return refuse(http.StatusBadGateway, "the bot did not take the installation: %v", err)
		}
	}
	m, err := s.world.add(m, t.channel.Key != "" && in.Thread == "")
	if err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	conv := t.conv
	if t.channel.Key != "" {
		conv = s.inChannel(t.channel, m.Thread)
	}
	a := s.event("message", t.person, conv)
	a.ID = m.ID
	a.written(in.Text, s.bot())
	a.Attachments = append(a.Attachments, files...)
	if in.Thread != "" {
		a.ReplyTo = m.Thread
	}
	if err := s.deliverSurely(r.Context(), a); err != nil {
		if note := s.world.change(m.ID, func(m *message) error { m.Failed = true; return nil }); note != nil {
			return refuse(http.StatusInternalServerError, "%v", note)
		}
		return http.StatusBadGateway, struct {
			ID    string `json:"id"`
			Error string `json:"error"`
		}{m.ID, err.Error()}
	}
	return http.StatusOK, struct {
		ID string `json:"id"`
	}{m.ID}
}

// keepFile stores an attachment; a problem is a sentence for the caller.
func (s *Sandbox) keepFile(in fileCall) (storedFile, string) {
	name := path.Base(strings.ReplaceAll(in.Name, `\`, "/"))
	if in.Name == "" || name == "." || name == "/" || name == ".." {
		return storedFile{}, "a file needs a name"
	}
	data, err := base64.StdEncoding.DecodeString(in.Base64)
	if err != nil {
		return storedFile{}, "file.base64 is not base64"
	}
	if len(data) > maxFile {
		return storedFile{}, "the file is larger than 4 MB"
	}
	f := storedFile{ID: uuid.NewString(), Name: name, Data: data}
	if err := s.world.addFile(f); err != nil {
		return storedFile{}, err.Error()
	}
	return f, ""
}

// fileAttachment is how Teams tells a bot of a file: a pre-authorised address,
// to be read without the bot's token.
func (s *Sandbox) fileAttachment(f storedFile) attachment {
	at := s.opt.Self + "/sandbox/files/" + f.ID + "/" + url.PathEscape(f.Name)
	content, err := json.Marshal(struct {
		URL  string `json:"downloadUrl"`
		ID   string `json:"uniqueId"`
		Type string `json:"fileType"`
	}{at, f.ID, strings.TrimPrefix(path.Ext(f.Name), ".")})
	if err != nil {
		return attachment{} // three strings always marshal
	}
	return attachment{ContentType: fileType, ContentURL: at, Name: f.Name, Content: content}
}

func (s *Sandbox) getFile(w http.ResponseWriter, r *http.Request) {
	f, ok := s.world.fileByID(r.PathValue("id"))
	if !ok || f.Name != r.PathValue("name") {
		http.NotFound(w, r)
		return
	}
	// Never shown in place: a file is somebody's upload, not part of the page.
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Data)))
	if _, err := w.Write(f.Data); err != nil {
		return // the reader has gone
	}
}
