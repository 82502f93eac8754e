// Package hr reads what HR sends about several people at once: a spreadsheet (xlsx or csv), or lines of a message. It gives rows of people
// events with a problem beside each doubtful field. It asks no directory, opens no file and decides nothing; what stands in a cell is
// data, whatever it says.
package hr
