// Package manifest writes the Teams app package: the zip that an administrator uploads so that people find the bot in Teams. It refuses what
// Teams would refuse, with a sentence for each problem, and asks for nothing that Muster does not use: no single sign-on, no
// resource-specific consent, no web pages.
package manifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Version is the app's version when App names none. It is raised with every change to what Build writes: clients keep the package they have
// until they see a higher one.
const Version = "1.1.0"

// The files of the package.
const (
	manifestFile = "manifest.json"
	colorFile    = "color.png"
	outlineFile  = "outline.png"
)

// App is what differs from one organisation to the next.
type App struct {
	ID           string    // of the package in the Teams catalogue, a GUID that is kept for life; the bot's when left out
	BotID        string    // the app id of the bot's registration in Entra
	Format       string    // version of Microsoft's format; the newest, Format, when left out. OldFormat is for portals that lag behind
	Version      string    // as in 1.0.0; Version when left out. Higher than that of the package it replaces
	Name         string    // what people look for in Teams; Muster when left out
	Developer    Developer // who answers for this installation
	ValidDomains []string  // hosts that Teams may show pages of inside the app; none today
}

// Developer is who answers for the bot, as Teams shows it to whoever is about to add the app. The addresses are https pages.
type Developer struct {
	Name    string // the organisation
	Website string // where people get help with the bot
	Privacy string // what is done with their data
	Terms   string // terms of use
}

// Build writes the package to w. The same app gives the same bytes. When something is wrong with the app nothing is written, and the error
// joins one sentence for each problem.
func Build(w io.Writer, app App) error {
	app = app.filled()
	if err := app.check(); err != nil {
		return err
	}
	text, err := encode(describe(app))
	if err != nil {
		return err
	}
	color, err := encodeIcon(drawColor())
	if err != nil {
		return err
	}
	outline, err := encodeIcon(drawOutline())
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range []struct {
		name string
		body []byte
	}{{manifestFile, text}, {colorFile, color}, {outlineFile, outline}} {
		// A time that never changes, and the earliest that a zip can hold.
		entry, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return fmt.Errorf("write %s to the app package: %w", f.name, err)
		}
		if _, err := entry.Write(f.body); err != nil {
			return fmt.Errorf("write %s to the app package: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the app package: %w", err)
	}
	return nil
}

// filled is the app with what may be left out.
func (a App) filled() App {
	if a.ID == "" {
		a.ID = a.BotID
	}
	if a.Version == "" {
		a.Version = Version
	}
	if a.Format == "" {
		a.Format = Format
	}
	if a.Name == "" {
		a.Name = "Muster"
	}
	return a
}

func encode(d document) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode %s: %w", manifestFile, err)
	}
	return b.Bytes(), nil
}
