package cards

// The parts of Adaptive Cards 1.5 that Muster uses, as the format spells them (adaptivecards.io/explorer). Constructors in kit.go set Type.

// block is anything that may stand in a card's body.
type block interface{ block() }

type textBlock struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Wrap     bool   `json:"wrap"`
	Size     string `json:"size,omitempty"`
	Weight   string `json:"weight,omitempty"`
	Color    string `json:"color,omitempty"`
	IsSubtle bool   `json:"isSubtle,omitempty"`
	Spacing  string `json:"spacing,omitempty"`
}

type richText struct {
	Type    string `json:"type"`
	Inlines []run  `json:"inlines"`
	Spacing string `json:"spacing,omitempty"`
}

// run is a stretch of text that no client reads as markdown.
type run struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Size     string `json:"size,omitempty"`
	Weight   string `json:"weight,omitempty"`
	Color    string `json:"color,omitempty"`
	FontType string `json:"fontType,omitempty"`
	IsSubtle bool   `json:"isSubtle,omitempty"`
	Italic   bool   `json:"italic,omitempty"`
}

type factSet struct {
	Type    string `json:"type"`
	Facts   []fact `json:"facts"`
	Spacing string `json:"spacing,omitempty"`
}

type fact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type container struct {
	Type         string  `json:"type"`
	ID           string  `json:"id,omitempty"`
	Style        string  `json:"style,omitempty"`
	Spacing      string  `json:"spacing,omitempty"`
	Separator    bool    `json:"separator,omitempty"`
	IsVisible    *bool   `json:"isVisible,omitempty"`
	SelectAction *toggle `json:"selectAction,omitempty"`
	Items        []block `json:"items"`
}

// columnSet is parts side by side.
type columnSet struct {
	Type    string   `json:"type"`
	Spacing string   `json:"spacing,omitempty"`
	Columns []column `json:"columns"`
}

type column struct {
	Type  string  `json:"type"`
	Width string  `json:"width"`
	Items []block `json:"items"`
}

// toggle shows or hides parts of the card by id; nothing is sent.
type toggle struct {
	Type           string   `json:"type"`
	Title          string   `json:"title"`
	TargetElements []string `json:"targetElements"`
}

type textInput struct {
	Type         string `json:"type"`
	ID           string `json:"id"`
	Label        string `json:"label"`
	IsRequired   bool   `json:"isRequired,omitempty"`
	ErrorMessage string `json:"errorMessage,omitempty"`
	Value        string `json:"value,omitempty"`
	Placeholder  string `json:"placeholder,omitempty"`
	MaxLength    int    `json:"maxLength,omitempty"`
	IsMultiline  bool   `json:"isMultiline,omitempty"`
	Style        string `json:"style,omitempty"`
}

// dateInput is Input.Date, or Input.Time.
type dateInput struct {
	Type         string `json:"type"`
	ID           string `json:"id"`
	Label        string `json:"label"`
	IsRequired   bool   `json:"isRequired,omitempty"`
	ErrorMessage string `json:"errorMessage,omitempty"`
	Value        string `json:"value,omitempty"`
}

type choiceSet struct {
	Type          string   `json:"type"`
	ID            string   `json:"id"`
	Label         string   `json:"label"`
	IsRequired    bool     `json:"isRequired,omitempty"`
	ErrorMessage  string   `json:"errorMessage,omitempty"`
	Style         string   `json:"style,omitempty"`
	IsMultiSelect bool     `json:"isMultiSelect,omitempty"`
	Wrap          bool     `json:"wrap,omitempty"`
	Placeholder   string   `json:"placeholder,omitempty"`
	Value         string   `json:"value,omitempty"`
	Choices       []choice `json:"choices"` // written even when empty: the people picker asks for it
	Data          *query   `json:"choices.data,omitempty"`
}

type choice struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// query lets the client search a dataset itself; no turn reaches the bot.
type query struct {
	Type    string `json:"type"`
	Dataset string `json:"dataset"`
}

type actionSet struct {
	Type    string   `json:"type"`
	Spacing string   `json:"spacing,omitempty"`
	Actions []action `json:"actions"`
}

// action is Action.Execute, its fallback Action.Submit, or Action.ShowCard.
type action struct {
	Type             string  `json:"type"`
	Title            string  `json:"title"`
	Verb             string  `json:"verb,omitempty"`
	Style            string  `json:"style,omitempty"`
	AssociatedInputs string  `json:"associatedInputs,omitempty"`
	Data             *data   `json:"data,omitempty"`
	Card             *inner  `json:"card,omitempty"`
	Fallback         *action `json:"fallback,omitempty"`
}

// data is what a press sends back beside the inputs. Nothing in it is trusted: the engine looks everything up by it.
type data struct {
	Verb    string `json:"verb"`
	Case    string `json:"case,omitempty"`
	Draft   string `json:"draft,omitempty"`
	Version int    `json:"version,omitempty"`
	Plan    string `json:"plan,omitempty"`
	Step    string `json:"step,omitempty"`

	Plans map[string]string `json:"plans,omitempty"` // of a card for several cases: the plan shown of each
}

// inner is the card that a ShowCard opens.
type inner struct {
	Type string  `json:"type"`
	Body []block `json:"body"`
}

type root struct {
	Type         string  `json:"type"`
	Schema       string  `json:"$schema"`
	Version      string  `json:"version"`
	FallbackText string  `json:"fallbackText"`
	MSTeams      *width  `json:"msteams,omitempty"`
	Body         []block `json:"body"`
}

type width struct {
	Width string `json:"width"`
}

func (textBlock) block() {}
func (richText) block()  {}
func (factSet) block()   {}
func (container) block() {}
func (columnSet) block() {}
func (textInput) block() {}
func (dateInput) block() {}
func (choiceSet) block() {}
func (actionSet) block() {}
