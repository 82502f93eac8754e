package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// SignContents signs a list of contents for files, for tests of a forger who has the key.
func SignContents(k Key, stream string, entries int, files map[string]string) string {
	text := fmt.Sprintf("%s\nstream %s\nentries %d\n", contentsLine, stream, entries)
	for _, name := range []string{entriesFile, proofsFile, checkpointFile, keyFile, readmeFile} {
		sum := sha256.Sum256([]byte(files[name]))
		text += "file " + hex.EncodeToString(sum[:]) + " " + name + "\n"
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		panic(err)
	}
	return string(signed)
}
