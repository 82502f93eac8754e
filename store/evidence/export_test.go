package evidence

import (
	"time"

	"golang.org/x/mod/sumdb/note"
)

// SignContents signs a list of contents for files, for tests of a forger who has the key.
func SignContents(k Key, at time.Time, streams map[string]int, order []string, files map[string]string) string {
	c := contents{format: 2, at: at}
	for _, s := range order {
		if n, ok := streams[s]; ok {
			c.streams = append(c.streams, streamCount{s, n})
		} else if f, ok := files[s]; ok && s != contentsFile {
			c.files = append(c.files, listed{s, hexSum([]byte(f))})
		}
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		panic(err)
	}
	return string(signed)
}

// ZipBytes is the zip of files in this order.
func ZipBytes(order []string, files map[string]string, at time.Time) []byte {
	var list []PackFile
	for _, name := range order {
		list = append(list, PackFile{name, []byte(files[name])})
	}
	b, err := zipBytes(list, at)
	if err != nil {
		panic(err)
	}
	return b
}

// SignText signs a text with some keys, for tests of a forger who has them.
func SignText(text string, keys ...Key) string {
	var signers []note.Signer
	for _, k := range keys {
		signers = append(signers, k.signer)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		panic(err)
	}
	return string(signed)
}
