// Package paper makes documents, pictures and spreadsheets: what one prints, files or hands to an auditor. It is pure, knows nothing of cases
// or cards, and refuses to decide anything: a Document says what is to be read in which order, and paper says how it looks.
//
// One document becomes HTML (one file, no script, nothing fetched from elsewhere) or PDF (A4); one Drawing becomes SVG, PNG or a figure in
// either; a Book becomes a spreadsheet. The same input gives the same bytes, so that a file can be named by its hash.
//
// Every text may come from outside. HTML escapes it. Signs that would turn or hide the text around them are written as their number, such as
// [U+202E]. The font that PDF and PNG carry has Latin, Greek and Cyrillic: other signs are written as their number there, and the PDF says
// so at its end. In a spreadsheet a text is a text: a leading = + - or @ never becomes a formula.
package paper
