package flows

import (
	"context"
	"strconv"
	"strings"
)

// The files of a review; their argument is the month and the number of the sheet, such as 2026-11/0.
const (
	FileReview     FileKind = "review"
	FileReviewBook FileKind = "review_book"
)

// ReviewPaper is a review as a document, ReviewBook as a spreadsheet.
type (
	ReviewPaper struct{ ReviewView }
	ReviewBook  struct{ ReviewView }
)

// fileOf is the kind of file that the end of a text asks for, and the text without it.
func fileOf(text string) (string, FileKind) {
	ws := strings.Fields(text)
	if len(ws) == 0 {
		return text, ""
	}
	kind, ok := map[string]FileKind{
		"pdf": FileReview, "document": FileReview, "spreadsheet": FileReviewBook, "xlsx": FileReviewBook, "sheet": FileReviewBook,
	}[strings.ToLower(strings.Trim(ws[len(ws)-1], ".,!"))]
	if !ok {
		return text, ""
	}
	return strings.TrimSuffix(strings.Join(ws[:len(ws)-1], " "), " as"), kind
}

// reviewArg is the argument of a file of a sheet.
func reviewArg(m Month, n int) string { return string(m) + "/" + strconv.Itoa(n) }

// reviewFile reads a sheet as the one who asks may see it.
func (e *Engine) reviewFile(ctx context.Context, t Turn, arg string) (ReviewView, string, error) {
	month, number, _ := strings.Cut(arg, "/")
	n, err := strconv.Atoi(number)
	if err != nil || Month(month).first() == "" {
		return ReviewView{}, "", invalid("Write \"review November pdf\" or \"review November spreadsheet\".")
	}
	s, err := e.sheet(ctx, Month(month), n, t.By)
	if err != nil {
		return ReviewView{}, "", err
	}
	v, err := e.reviewView(ctx, s, t.By.ID, 0)
	name := "review-" + month
	if s.as > 0 {
		name += "-supplement-" + strconv.Itoa(s.as)
	}
	return v, name, err
}

// makeReview is a review as a document.
func (e *Engine) makeReview(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	v, name, err := e.reviewFile(ctx, t, arg)
	return FileView{Name: name + ".pdf", Says: "The review of " + v.Review.Month.Say(e.lang()) + ": the figures with pictures, each line with its word, and who signed it.", View: ReviewPaper{v}}, err
}

// makeReviewBook is a review as a spreadsheet.
func (e *Engine) makeReviewBook(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	v, name, err := e.reviewFile(ctx, t, arg)
	return FileView{Name: name + ".xlsx", Says: "The review of " + v.Review.Month.Say(e.lang()) + " as a spreadsheet: the lines, the figures, and who signed it.", View: ReviewBook{v}}, err
}
