// Package report makes files of what flows shows: documents, spreadsheets and zips. It decides nothing, and reads no clock and no store.
package report
