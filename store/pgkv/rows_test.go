package pgkv_test

import (
	"hash/crc32"
	"testing"

	"muster/store/kv"
	"muster/store/kv/kvtest"
)

func rows(t *testing.T, db kv.DB) map[string]string {
	t.Helper()
	return kvtest.Rows(t, db)
}

// sumOf is the checksum of a row, reckoned anew, as a signed number.
func sumOf(key, value string) int {
	return int(int32(crc32.Checksum([]byte(key+value), crc32.MakeTable(crc32.Castagnoli))))
}
