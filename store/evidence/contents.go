package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Each begins the signed text of contentsFile in one format. It can never begin a checkpoint.
const (
	contentsLine1 = "muster pack 1" // one stream; compressed
	contentsLine2 = "muster pack 2"
)

// contents is the list of what a pack holds. It is signed.
type contents struct {
	format  int
	at      time.Time // of format 2, to the second
	streams []streamCount
	files   []listed
}

type streamCount struct {
	name  string
	count int
}

type listed struct{ name, sum string }

// counted notes one more entry of a stream, if the pack is about it.
func (c *contents) counted(stream string) bool {
	for i := range c.streams {
		if c.streams[i].name == stream && stream != "" {
			c.streams[i].count++
			return true
		}
	}
	return false
}

// text is what is signed. There is one way to write it.
func (c contents) text() string {
	var b strings.Builder
	if c.format == 1 {
		fmt.Fprintf(&b, "%s\nstream %s\nentries %d\n", contentsLine1, c.streams[0].name, c.streams[0].count)
	} else {
		fmt.Fprintf(&b, "%s\nat %s\n", contentsLine2, c.at.UTC().Format(time.RFC3339))
		for _, s := range c.streams {
			fmt.Fprintf(&b, "stream %s %d\n", s.name, s.count)
		}
	}
	for _, f := range c.files {
		fmt.Fprintf(&b, "file %s %s\n", f.sum, f.name)
	}
	return b.String()
}

// parseContents reads the signed text of contentsFile.
func parseContents(text string) (contents, error) {
	bad := errors.New("it does not have the form of such a list")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 {
		return contents{}, bad
	}
	var c contents
	var ok bool
	switch lines[0] {
	case contentsLine1:
		c, lines, ok = parseHead1(lines)
	case contentsLine2:
		c, lines, ok = parseHead2(lines)
	}
	if !ok {
		return contents{}, bad
	}
	seen := map[string]bool{contentsFile: true}
	for _, l := range lines {
		f := strings.Split(l, " ")
		if len(f) != 3 || f[0] != "file" || seen[f[2]] || c.format > 1 && !fileName(f[2]) {
			return contents{}, bad
		}
		seen[f[2]] = true
		c.files = append(c.files, listed{name: f[2], sum: f[1]})
	}
	if c.text() != text {
		return contents{}, bad
	}
	return c, nil
}

func parseHead1(lines []string) (contents, []string, bool) {
	stream, ok := strings.CutPrefix(lines[1], "stream ")
	number, ok2 := strings.CutPrefix(lines[2], "entries ")
	n, err := strconv.Atoi(number)
	return contents{format: 1, streams: []streamCount{{stream, n}}}, lines[3:], ok && ok2 && err == nil
}

func parseHead2(lines []string) (contents, []string, bool) {
	c := contents{format: 2}
	at, ok := strings.CutPrefix(lines[1], "at ")
	var err error
	if c.at, err = time.Parse(time.RFC3339, at); err != nil || !ok {
		return c, nil, false
	}
	names := map[string]bool{}
	lines = lines[2:]
	for len(lines) > 0 && strings.HasPrefix(lines[0], "stream ") {
		f := strings.Split(lines[0], " ")
		if len(f) != 3 || !word(f[1]) || names[f[1]] {
			return c, nil, false
		}
		n, err := strconv.Atoi(f[2])
		if err != nil || n < 0 {
			return c, nil, false
		}
		names[f[1]] = true
		c.streams, lines = append(c.streams, streamCount{f[1], n}), lines[1:]
	}
	return c, lines, len(c.streams) > 0
}

// fileName reports whether a file may be called so: nothing that unpacks
// elsewhere, or to two places, on some machine.
func fileName(name string) bool {
	folder, file, two := strings.Cut(name, "/")
	if !two {
		return plainName(name)
	}
	return plainName(folder) && plainName(file)
}

func plainName(s string) bool {
	for i := range len(s) {
		b := s[i]
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 100 && s[0] != '.' && s[len(s)-1] != '.'
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
