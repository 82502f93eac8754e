package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Files from the bot: it asks, the person allows it, the client makes a place
// in the person's OneDrive, and the bot writes there (reference: Teams, "Send
// and receive files through the bot"; OneDrive, "Upload large files").

const (
	consentType  = "application/vnd.microsoft.teams.card.file.consent"
	fileInfoType = "application/vnd.microsoft.teams.card.file.info"
	filesPath    = "/sandbox/files/"

	pieceUnit   = 320 << 10 // a piece that is not the last is a multiple of it
	maxPiece    = 60 << 20
	maxUpload   = 250 << 20
	uploadLives = 15 * time.Minute

	allow, decline = "Allow", "Decline"
)

// fileAsk is a question for a file, as the bot put it.
type fileAsk struct {
	Name     string          `json:"name"`
	Says     string          `json:"says"`
	Size     int             `json:"size"`
	OnAllow  json.RawMessage `json:"on_allow,omitempty"`
	OnRefuse json.RawMessage `json:"on_refuse,omitempty"`
	Answered string          `json:"answered,omitempty"` // the button
}

type askView struct {
	Name     string `json:"name"`
	Says     string `json:"description"`
	Size     int    `json:"size"`
	Answered string `json:"answered,omitempty"`
}

func (a *fileAsk) view() *askView {
	if a == nil {
		return nil
	}
	return &askView{a.Name, a.Says, a.Size, a.Answered}
}

// readFileCard takes over what Teams shows of a file card; a problem is a sentence.
func (s *Sandbox) readFileCard(a attachment, m *message) (problem string) {
	if a.Name == "" || path.Ext(a.Name) == "" {
		return "A file card needs a name with an extension."
	}
	if a.ContentType == fileInfoType {
		rest, ours := strings.CutPrefix(a.ContentURL, s.opt.Self+filesPath)
		id, _, _ := strings.Cut(rest, "/")
		f, ok := s.world.fileByID(id)
		if !ours || !ok {
			return "A file card needs the contentUrl of an uploaded file."
		}
		m.Files = []fileRef{{ID: f.ID, Name: f.Name, Size: len(f.Data)}}
		return ""
	}
	var c struct {
		Says    string          `json:"description"`
		Size    int             `json:"sizeInBytes"`
		Accept  json.RawMessage `json:"acceptContext"`
		Decline json.RawMessage `json:"declineContext"`
	}
	if json.Unmarshal(a.Content, &c) != nil || c.Size <= 0 {
		return "A file consent card needs sizeInBytes."
	}
	m.Asks = &fileAsk{Name: a.Name, Says: c.Says, Size: c.Size, OnAllow: c.Accept, OnRefuse: c.Decline}
	return ""
}

// uploads are the places that files are written to. They live in memory and
// for minutes, as the real ones do.
type uploads struct {
	mu   sync.Mutex
	open map[string]*filePlace
}

// filePlace is where one file is written.
type filePlace struct {
	file  storedFile
	total int
	ends  time.Time // wall time
}

type uploadInfo struct {
	UploadURL  string `json:"uploadUrl"`
	ContentURL string `json:"contentUrl"`
	Name       string `json:"name"`
	UniqueID   string `json:"uniqueId"`
	FileType   string `json:"fileType"`
}

// makePlace opens a place in somebody's OneDrive. A name that is taken there gets a number.
func (s *Sandbox) makePlace(p Person, name string) uploadInfo {
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	for n := 1; s.world.hasFile(p.ID, name); n++ {
		name = fmt.Sprintf("%s %d%s", base, n, ext)
	}
	f := storedFile{ID: uuid.NewString(), Name: name, Owner: p.ID}
	secret := uuid.NewString()
	s.uploads.mu.Lock()
	defer s.uploads.mu.Unlock()
	if s.uploads.open == nil {
		s.uploads.open = map[string]*filePlace{}
	}
	s.uploads.open[secret] = &filePlace{file: f, ends: s.opt.TokenNow().Add(uploadLives)}
	return uploadInfo{
		UploadURL:  s.opt.Self + "/sandbox/uploads/" + secret + "?tempauth=opens-it-for-anybody",
		ContentURL: s.opt.Self + filesPath + f.ID + "/" + url.PathEscape(name),
		Name:       name, UniqueID: f.ID, FileType: strings.TrimPrefix(ext, "."),
	}
}

// answerAsk is a press on Allow or Decline.
func (s *Sandbox) answerAsk(ctx context.Context, p Person, t seat, m message, button string) (int, any) {
	if button != allow && button != decline {
		return http.StatusNotFound, struct {
			Error   string   `json:"error"`
			Buttons []string `json:"buttons"`
		}{"the question has no such button", []string{allow, decline}}
	}
	v := struct {
		Type    string          `json:"type"`
		Action  string          `json:"action"`
		Context json.RawMessage `json:"context,omitempty"`
		Upload  *uploadInfo     `json:"uploadInfo,omitempty"`
	}{Type: "fileUpload", Action: "decline", Context: m.Asks.OnRefuse}
	if button == allow {
		info := s.makePlace(p, m.Asks.Name)
		v.Action, v.Context, v.Upload = "accept", m.Asks.OnAllow, &info
	}
	value, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusBadRequest, "the answer cannot be sent: %v", err)
	}
	a := s.event("invoke", p, s.inThread(t, m))
	a.Name, a.ReplyTo, a.Value = "fileConsent/invoke", m.ID, value
	out, ok := s.invoke(ctx, a)
	if now, _ := s.world.message(m.ID); ok && now.Asks != nil { // the bot may have replaced it already
		err := s.world.change(m.ID, func(m *message) error {
			if m.Asks != nil {
				ask := *m.Asks
				ask.Answered, m.Asks = button, &ask
			}
			return nil
		})
		if err != nil {
			return refuse(http.StatusInternalServerError, "%v", err)
		}
	}
	return http.StatusOK, out
}

func uploadError(w http.ResponseWriter, status int, code, text string) {
	connectorError(w, status, code, text)
}

// upload is the session that a file is written to, piece by piece.
func (s *Sandbox) upload(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		uploadError(w, http.StatusUnauthorized, "unauthenticated", "The address is its own permission; a token is not expected here.")
		return
	}
	s.uploads.mu.Lock()
	defer s.uploads.mu.Unlock()
	at, ok := s.uploads.open[r.PathValue("id")]
	if !ok || !s.opt.TokenNow().Before(at.ends) {
		uploadError(w, http.StatusNotFound, "itemNotFound", "The upload session was not found.")
		return
	}
	switch r.Method {
	case http.MethodGet:
		writeJSON(w, http.StatusOK, at.expects())
	case http.MethodDelete:
		delete(s.uploads.open, r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPut:
		s.writePiece(w, r, at)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

type expected struct {
	Ends   time.Time `json:"expirationDateTime"`
	Ranges []string  `json:"nextExpectedRanges"`
}

func (p *filePlace) expects() expected {
	return expected{p.ends.UTC(), []string{strconv.Itoa(len(p.file.Data)) + "-"}}
}

func (s *Sandbox) writePiece(w http.ResponseWriter, r *http.Request, at *filePlace) {
	var from, to, total int
	if n, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total); n != 3 || err != nil || from > to || to >= total || total > maxUpload {
		uploadError(w, http.StatusBadRequest, "invalidRequest", "The Content-Range header is missing or malformed.")
		return
	}
	b, err := readBody(r, maxPiece)
	switch {
	case err != nil:
		uploadError(w, http.StatusRequestEntityTooLarge, "invalidRequest", "A piece is at most 60 MiB.")
		return
	case len(b) != to-from+1:
		uploadError(w, http.StatusBadRequest, "invalidRequest", "The length of the piece is not what Content-Range says.")
		return
	case at.total != 0 && total != at.total:
		uploadError(w, http.StatusBadRequest, "invalidRequest", "The total is not that of the earlier pieces.")
		return
	case from != len(at.file.Data):
		uploadError(w, http.StatusRequestedRangeNotSatisfiable, "invalidRange", "The piece is not the next one.")
		return
	case to+1 < total && len(b)%pieceUnit != 0:
		uploadError(w, http.StatusBadRequest, "invalidRequest", "A piece is a multiple of 320 KiB.")
		return
	}
	at.total = total
	at.file.Data = append(at.file.Data, b...)
	if to+1 < total {
		writeJSON(w, http.StatusAccepted, at.expects())
		return
	}
	f := at.file
	f.At = s.opt.Clock.Now().UTC()
	if err := s.world.addFile(f); err != nil {
		uploadError(w, http.StatusInternalServerError, "generalException", "The file could not be stored.")
		return
	}
	delete(s.uploads.open, r.PathValue("id"))
	writeJSON(w, http.StatusCreated, struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Size int    `json:"size"`
	}{f.ID, f.Name, len(f.Data)})
}

func (w *world) hasFile(owner, name string) bool {
	return slices.ContainsFunc(w.filesOf(owner), func(f storedFile) bool { return strings.EqualFold(f.Name, name) })
}

// filesOf are the files in somebody's OneDrive, oldest first.
func (w *world) filesOf(owner string) []storedFile {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []storedFile
	for _, f := range w.files {
		if f.Owner == owner {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b storedFile) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// getFiles lists what lies in a person's OneDrive.
func (s *Sandbox) getFiles(r *http.Request) (int, any) {
	p, _, ok := s.person(r.URL.Query().Get("as"))
	if !ok {
		return refuse(http.StatusNotFound, "nobody is called %q", r.URL.Query().Get("as"))
	}
	type fileView struct {
		fileRef
		URL string    `json:"url"`
		At  time.Time `json:"at"`
	}
	list := []fileView{}
	for _, f := range s.world.filesOf(p.ID) {
		list = append(list, fileView{fileRef{f.ID, f.Name, len(f.Data)}, filesPath + f.ID + "/" + url.PathEscape(f.Name), f.At})
	}
	return http.StatusOK, list
}
