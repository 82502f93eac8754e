package teams

import (
	"encoding/json"
	"fmt"
)

// A file for a person goes into their own OneDrive, when they allow it (reference: Teams, "Send and receive files through the bot"). A bot
// can do so in a personal chat only.
const (
	// ConsentInvoke is the name of the invoke that answers a consent card.
	ConsentInvoke = "fileConsent/invoke"

	consentType  = "application/vnd.microsoft.teams.card.file.consent"
	fileInfoType = "application/vnd.microsoft.teams.card.file.info"
)

// FileConsent asks a person whether a file may be put into their OneDrive. Context comes back with the answer; it is not to be trusted.
type FileConsent struct {
	Name    string
	Says    string
	Size    int
	Context any
}

// Attachment is the card that asks. Teams shows its own words and buttons.
func (c FileConsent) Attachment() (*Attachment, error) {
	content, err := json.Marshal(struct {
		Description    string `json:"description"`
		SizeInBytes    int    `json:"sizeInBytes"`
		AcceptContext  any    `json:"acceptContext"`
		DeclineContext any    `json:"declineContext"`
	}{c.Says, c.Size, c.Context, c.Context})
	if err != nil {
		return nil, fmt.Errorf("file consent: %w", err)
	}
	return &Attachment{ContentType: consentType, Name: c.Name, Content: content}, nil
}

// ConsentAnswer is a person's answer to a [FileConsent].
type ConsentAnswer struct {
	Accepted bool
	Context  json.RawMessage
	Upload   UploadInfo // zero when declined
}

// UploadInfo is where the bytes of an allowed file go, and what the file is then.
type UploadInfo struct {
	// URL lets whoever has it write the file. It is good for some minutes, and belongs in no log, error or store.
	URL string `json:"uploadUrl"`

	ContentURL string `json:"contentUrl"` // opens it, for who may
	Name       string `json:"name"`
	UniqueID   string `json:"uniqueId"`
	FileType   string `json:"fileType"`
}

// ReadConsent reads the value of a [ConsentInvoke]. ok is false for anything else.
func ReadConsent(a Activity) (answer ConsentAnswer, ok bool) {
	var v struct {
		Type    string          `json:"type"`
		Action  string          `json:"action"`
		Context json.RawMessage `json:"context"`
		Upload  UploadInfo      `json:"uploadInfo"`
	}
	if json.Unmarshal(a.Value, &v) != nil || v.Type != "fileUpload" {
		return ConsentAnswer{}, false
	}
	switch v.Action {
	case "accept":
		return ConsentAnswer{Accepted: true, Context: v.Context, Upload: v.Upload}, v.Upload.URL != ""
	case "decline":
		return ConsentAnswer{Context: v.Context}, true
	}
	return ConsentAnswer{}, false
}

// Uploaded is the card that shows a file which now lies in the person's OneDrive.
type Uploaded struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	UniqueID string `json:"unique_id"`
	Type     string `json:"type"`
}

// Attachment is that card.
func (u Uploaded) Attachment() (*Attachment, error) {
	content, err := json.Marshal(struct {
		UniqueID string `json:"uniqueId"`
		FileType string `json:"fileType"`
	}{u.UniqueID, u.Type})
	if err != nil {
		return nil, fmt.Errorf("file info: %w", err)
	}
	return &Attachment{ContentType: fileInfoType, ContentURL: u.URL, Name: u.Name, Content: content}, nil
}
