package evidence

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// Bounds of a pack.
const (
	maxPackFile  = 512 << 20 // of one file, unpacked
	maxPackSize  = 1 << 30   // of all files
	maxPackFiles = 200
)

// zipBytes is the one zip that holds these files: nothing compressed, nothing
// optional, no gaps. Whoever opens it with whatever program sees the files that
// were verified, because their bytes and the zip's follow from each other. It
// is written here, not by a library that may write it otherwise in another year.
func zipBytes(files []PackFile, at time.Time) ([]byte, error) {
	size := 22
	for _, f := range files {
		size += 76 + 2*len(f.Name) + len(f.Data)
	}
	if size > maxPackSize || len(files) > maxPackFiles {
		return nil, errors.New("it is too large")
	}
	le := binary.LittleEndian
	clock, day := dosTime(at)
	out, directory := make([]byte, 0, size), []byte(nil)
	for _, f := range files {
		offset := len(out)
		// What the local header and the directory have in common: version 1.0, no flags, stored.
		common := le.AppendUint16(nil, 10)
		common = le.AppendUint32(common, 0)
		common = le.AppendUint16(common, clock)
		common = le.AppendUint16(common, day)
		common = le.AppendUint32(common, crc32.ChecksumIEEE(f.Data))
		common = le.AppendUint32(common, uint32(len(f.Data)))
		common = le.AppendUint32(common, uint32(len(f.Data)))
		common = le.AppendUint16(common, uint16(len(f.Name)))
		common = le.AppendUint16(common, 0) // no extra field

		out = append(append(le.AppendUint32(out, 0x04034b50), common...), f.Name...)
		out = append(out, f.Data...)

		directory = le.AppendUint16(le.AppendUint32(directory, 0x02014b50), 10)
		directory = append(append(directory, common...), make([]byte, 10)...) // no comment, disk 0, no attributes
		directory = append(le.AppendUint32(directory, uint32(offset)), f.Name...)
	}
	end := le.AppendUint32(le.AppendUint32(nil, 0x06054b50), 0) // disk 0
	end = le.AppendUint16(le.AppendUint16(end, uint16(len(files))), uint16(len(files)))
	end = le.AppendUint32(le.AppendUint32(end, uint32(len(directory))), uint32(len(out)))
	return append(append(out, directory...), append(end, 0, 0)...), nil
}

// dosTime is a time as zip files have it, in UTC and in steps of two seconds.
func dosTime(t time.Time) (clock, day uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		return 0, 1<<5 | 1
	}
	return uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2), uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
}

// readZip unpacks a pack into memory, in the order of its directory.
func readZip(r io.ReaderAt, size int64) ([]PackFile, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &Fault{Say: "it is not a zip file, or it is cut short", Err: err}
	}
	var files []PackFile
	seen := make(map[string]bool)
	total := 0
	for _, f := range z.File {
		switch {
		case seen[f.Name]:
			return nil, &Fault{File: f.Name, Say: "the file is there twice"}
		case len(files) == maxPackFiles:
			return nil, &Fault{Say: fmt.Sprintf("it has more than %d files", maxPackFiles)}
		}
		seen[f.Name] = true
		data, err := unpack(f)
		if errors.Is(err, zip.ErrChecksum) {
			return nil, &Fault{File: f.Name, Say: "the file was changed: its bytes do not have their checksum"}
		}
		if err != nil {
			return nil, &Fault{File: f.Name, Say: "the file cannot be unpacked", Err: err}
		}
		if total += len(data); len(data) > maxPackFile || total > maxPackSize {
			return nil, &Fault{File: f.Name, Say: "the file is too large"}
		}
		files = append(files, PackFile{f.Name, data})
	}
	return files, nil
}

func unpack(f *zip.File) (_ []byte, err error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return io.ReadAll(io.LimitReader(in, maxPackFile+1))
}
