package flows

import "muster/flows/texts"

// Sentences of several rows.
const (
	listsDeny  = "This list is for HR, IT and owners. Write \"my tasks\" for what waits for you."
	draftDeny  = "Only HR can do this, and you are not on that list any more."
	policyDeny = "The policy is for owners, and you are not one any more."
	reviewDeny = "The monthly review is for owners, and you are not one any more."
	stepDeny   = "Only IT can act on a failed step."
)

// rightsTable is the table. The engine asks it before every command, button, file and list; RIGHTS.md is printed from it.
var rightsTable = map[string]Right{
	CmdHelp:          {Does: "says what one can do here", Or: isAnybody, Shows: true},
	CmdTasks:         {Does: "lists what waits for the one who asks", Or: isAnybody, Never: []Bar{notKept}, Shows: true},
	CmdDelegate:      {Does: "lets somebody decide in one's own place for a time", Or: isAnybody},
	CmdDelegations:   {Does: "shows one's own delegations", Or: isAnybody, Shows: true},
	CmdEndDelegation: {Does: "ends one's own delegation", Or: isAnybody},
	doITSteps:        {Does: "is part of \"my tasks\"", Roles: []Role{IT}, Shows: true},

	CmdNewStarter:   {Does: "begins the form of a new starter", Roles: []Role{HR}, Deny: "Only HR can announce a new starter. Please ask HR to write to me."},
	CmdMover:        {Does: "begins the form of a mover", Roles: []Role{HR}, Deny: "Only HR can announce a mover. Please ask HR to write to me."},
	CmdSecondment:   {Does: "begins the form of a secondment", Roles: []Role{HR}, Deny: "Only HR can announce a mover. Please ask HR to write to me."},
	CmdLeaver:       {Does: "begins the form of a leaver", Roles: []Role{HR}, Deny: "Only HR can announce a leaver. Please ask HR to write to me."},
	CmdUrgentLeaver: {Does: "begins the form of an urgent exit", Roles: []Role{HR}, Deny: "Only HR can announce a leaver. Please ask HR to write to me.", Fresh: true},
	CmdLeave:        {Does: "begins the form of a leave", Roles: []Role{HR}, Deny: "Only HR can announce a leave. Please ask HR to write to me."},
	CmdRename:       {Does: "begins the form of a change of name", Roles: []Role{HR}, Deny: "Only HR can announce a change of name. Please ask HR to write to me."},
	CmdNewStarters:  {Does: "begins a list of new starters", Roles: []Role{HR}, Deny: "Only HR can announce several people at once. Please ask HR to write to me."},
	CmdLeavers:      {Does: "begins a list of leavers", Roles: []Role{HR}, Deny: "Only HR can announce several people at once. Please ask HR to write to me."},
	doLists:         {Does: "is read into a list to confirm", Roles: []Role{HR}, Deny: "Only HR can send me lists of people, so I did not open it. Please ask HR to write to me."},
	doEvent:         {Does: "becomes a form of the person that the configuration names", Roles: []Role{HR}, Deny: "The person who is to confirm the events is not HR."},

	CmdMove:    {Does: "shows what another date would do", Roles: []Role{HR}, Never: []Bar{notSubject, notKept}, Deny: "Only HR can change an event. Please ask HR to write to me."},
	CmdCancel:  {Does: "shows what cancelling would take back", Roles: []Role{HR}, Never: []Bar{notSubject, notKept}, Deny: "Only HR can change an event. Please ask HR to write to me."},
	CmdExtend:  {Does: "asks to extend a contract", Roles: []Role{HR}, Never: []Bar{notSubject, notKept}, Deny: "Only HR can ask to extend a contract. The manager is asked on a card before it ends.", Then: "the manager, or an owner"},
	CmdHold:    {Does: "has the data of a leaver kept", Roles: []Role{HR}, Never: []Bar{notSubject, notKept}, Deny: "Only HR can say whether somebody's data must be kept."},
	CmdEndHold: {Does: "lets the data of a leaver go", Roles: []Role{HR}, Never: []Bar{notSubject, notKept}, Deny: "Only HR can say whether somebody's data must be kept.", Fresh: true},
	CmdReturn:  {Does: "shows the last day of a leave, to confirm", Roles: []Role{HR}, Never: []Bar{notKept}, Deny: "Only HR can say when somebody returns."},

	CmdStatus:   {Does: "counts the cases", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: "The overview is for HR, IT and owners. Write \"status\" with the name of your starter, or \"my tasks\".", Shows: true},
	doStatusOf:  {Does: "shows who did what when", Roles: []Role{Owner, HR, IT}, Or: isReader, Never: []Bar{notKept}, Deny: "This case is not yours to see.", Shows: true},
	CmdOverdue:  {Does: "lists what is late", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},
	CmdUpcoming: {Does: "lists what is due", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},
	CmdFailures: {Does: "lists what failed", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},
	CmdDryRun:   {Does: "looks what a plan would do", Roles: []Role{HR, IT, Owner}, Never: []Bar{notKept}, Deny: "A dry run is for HR, IT and owners.", Shows: true},
	CmdDrift:    {Does: "shows access that was not decided", Roles: []Role{IT, Owner, HR}, Never: []Bar{notSubject}, Deny: "Drift is for IT, HR and owners.", Shows: true},
	CmdWhy:      {Does: "says where access came from", Roles: []Role{Owner, HR, IT}, Or: ofTheirs, Never: []Bar{notKept}, Shows: true},
	doWhyAny:    {Does: "says where access came from", Roles: []Role{Owner, HR, IT}, Shows: true},
	doPauseWhy:  {Does: "is shown with the overview, in a chat of their own", Roles: []Role{Owner}, Shows: true},

	CmdEvidence:     {Does: "offers the evidence of a case", Roles: []Role{Owner}, Never: []Bar{notKept}, Deny: "Evidence is for owners."},
	CmdExport:       {Does: "offers the list of all events", Roles: []Role{Owner}, Never: []Bar{notKept}, Deny: "The list of all people events is for owners."},
	CmdReview:       {Does: "shows the review of a month", Roles: []Role{Owner}, Deny: "The monthly review is for owners."},
	CmdProcess:      {Does: "offers the process map", Roles: []Role{Owner, HR, IT}, Deny: "The process map is for owners, HR and IT."},
	CmdPopulation:   {Does: "says how a list of everybody is compared", Roles: []Role{HR, Owner}, Deny: "Only HR and owners can have a list of everybody compared."},
	doPopulation:    {Does: "is compared with the directory and the cases", Roles: []Role{HR, Owner}, Deny: "Only HR and owners can have a list of everybody compared, so I did not open it."},
	CmdPause:        {Does: "stops every change in Microsoft 365", Roles: []Role{Owner}, Deny: "Only an owner can pause Muster. Please ask one.", Fresh: true},
	CmdResume:       {Does: "lets it go on", Roles: []Role{Owner}, Deny: "Only an owner can let Muster go on. Please ask one.", Fresh: true},
	CmdErase:        {Does: "asks to erase what the cases say of somebody", Roles: []Role{Owner}, Never: []Bar{notSubject}, Deny: "Only an owner can ask for a person's data to be erased.", Then: "a second person, an owner or HR", Fresh: true},
	CmdPolicy:       {Does: "shows the proposed policy, or says how to propose one", Roles: []Role{Owner}, Deny: "The policy is for owners."},
	doPolicy:        {Does: "is checked, and shown as what it would change", Roles: []Role{Owner}, Deny: "Only an owner can propose a policy, so I did not open it.", Then: "another owner", Fresh: true},
	doFind:          {Does: "finds people of the directory by name", Or: isAnybody, Never: []Bar{notGuest}},
	VerbFileLeave:   {Does: "declines a file", Or: isInvited},
	VerbFileTake:    {Does: "takes a file", Or: isInvited},
	VerbReviewPage:  {Does: "turns to another page", Roles: []Role{Owner}, Deny: reviewDeny},
	VerbReviewFiles: {Does: "asks for the review as a file", Roles: []Role{Owner}, Deny: reviewDeny},
	VerbReviewSave:  {Does: "writes a word on a line", Roles: []Role{Owner}, Never: []Bar{notTwice}, Deny: reviewDeny},
	VerbReviewSign:  {Does: "signs the review", Roles: []Role{Owner}, Deny: reviewDeny, Fresh: true},

	VerbPolicyPropose:  {Does: "puts a policy to the other owners", Roles: []Role{Owner}, And: isWriter, Deny: policyDeny, Then: "another owner", Fresh: true},
	VerbPolicyAgree:    {Does: "agrees to a policy", Roles: []Role{Owner}, Never: []Bar{notAsker}, Deny: policyDeny, Fresh: true},
	VerbPolicyRefuse:   {Does: "refuses a policy", Roles: []Role{Owner}, Never: []Bar{notAsker}, Deny: policyDeny, Fresh: true},
	VerbPolicyWithdraw: {Does: "takes a proposed policy back", Roles: []Role{Owner}, And: isWriter, Deny: policyDeny},

	CmdConfirmErasure: {Does: "agrees to an erasure", Roles: []Role{Owner, HR}, Never: []Bar{notSubject, notAsker, notKept}, Deny: "Only an owner or HR can agree to an erasure.", Fresh: true},

	FilePack.right(texts.Language{}):       {Does: "the evidence of one case", Roles: []Role{Owner}, Never: []Bar{notKept}, Deny: "Evidence is for owners."},
	FileSample.right(texts.Language{}):     {Does: "the list of all events of a time", Roles: []Role{Owner}, Never: []Bar{notKept}, Deny: "The list of all people events is for owners."},
	FileReview.right(texts.Language{}):     {Does: "the review of a month as a document", Roles: []Role{Owner}, Deny: "The monthly review is for owners."},
	FileReviewBook.right(texts.Language{}): {Does: "the review of a month as a spreadsheet", Roles: []Role{Owner}, Deny: "The monthly review is for owners."},
	FileProcess.right(texts.Language{}):    {Does: "the process map", Roles: []Role{Owner, HR, IT}, Deny: "The process map is for owners, HR and IT."},
	FilePopulation.right(texts.Language{}): {Does: "what the check of HR's list found", Roles: []Role{HR, Owner}, And: isWriter, Deny: "The check of HR's list is for HR and owners."},

	VerbCheck:    {Does: "checks a form", Roles: []Role{HR}, And: isWriter, Deny: draftDeny},
	VerbChange:   {Does: "goes back to a form", Roles: []Role{HR}, And: isWriter, Deny: draftDeny},
	VerbConfirm:  {Does: "confirms an event: the case begins", Roles: []Role{HR}, And: isWriter, Or: isConfirmer, Never: []Bar{notSubject}, Deny: draftDeny, Fresh: true},
	VerbWithdraw: {Does: "gives a form up", Roles: []Role{HR}, And: isWriter, Or: isConfirmer, Deny: draftDeny},

	VerbBulkConfirm: {Does: "confirms the good rows of a list", Roles: []Role{HR}, And: isWriter, Never: []Bar{notSubject}, Deny: draftDeny, Fresh: true},
	VerbBulkCancel:  {Does: "gives a list up", Roles: []Role{HR}, And: isWriter, Deny: draftDeny},
	VerbBulkMend:    {Does: "opens the form of a row", Roles: []Role{HR}, And: isWriter, Deny: draftDeny},
	VerbBulkOut:     {Does: "leaves a row out, or takes it in again", Roles: []Role{HR}, And: isWriter, Deny: draftDeny},

	VerbPopulationOpen: {Does: "opens the form of a finding", Roles: []Role{HR}, And: isWriter, Deny: "Only HR can announce somebody. Please ask HR to send me the list."},
	VerbPopulationFile: {Does: "asks for all findings as a file", Roles: []Role{HR, Owner}, And: isWriter, Deny: "The check of HR's list is for HR and owners."},

	VerbApprove:     {Does: "approves what is ticked", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	doUrgent:        {Does: "confirms or refuses an urgent exit as the second person", Roles: []Role{HR, IT, Owner}, And: isAsked, Never: []Bar{notSubject, notRaiser}, Deny: "Only HR, IT or an owner can confirm an urgent exit.", Fresh: true},
	doOnDeletion:    {Does: "nothing: a deletion has its own", Deny: "This case asks about a deletion. Please use the buttons of its own card."},
	VerbReject:      {Does: "rejects, with a reason", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	VerbAsk:         {Does: "asks HR a question", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	VerbHandOver:    {Does: "hands the decision to somebody else", Or: isAskedSelf, Never: []Bar{notSubject, notRaiser}},
	VerbAllApprove:  {Does: "approves for all who are ticked", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	VerbOneReject:   {Does: "rejects for one of several", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	VerbOneAsk:      {Does: "asks HR about one of several", Or: isAsked, Never: []Bar{notSubject, notRaiser}},
	VerbOneHandOver: {Does: "hands one of several to somebody else", Or: isAskedSelf, Never: []Bar{notSubject, notRaiser}},
	VerbReply:       {Does: "answers a question", Roles: []Role{HR}, Never: []Bar{notSubject}, Deny: "Only HR can answer this question."},
	VerbSignOff:     {Does: "signs off elevated access or an exception", Or: isSigner, Never: []Bar{notSubject, notRaiser, notTwice}, Fresh: true},
	VerbRefuse:      {Does: "refuses elevated access or an exception", Or: isSigner, Never: []Bar{notSubject, notRaiser, notTwice}, Fresh: true},

	VerbRetry:        {Does: "has a failed step tried again", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: stepDeny},
	VerbByHand:       {Does: "says that a failed step was done by hand", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: stepDeny},
	VerbWaive:        {Does: "asks to leave a failed step out", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: stepDeny, Then: "a second person of IT, or an owner", Fresh: true},
	VerbWaiveAgree:   {Does: "agrees to leave it out", Roles: []Role{IT, Owner}, Never: []Bar{notSubject, notAsker}, Deny: stepDeny, Fresh: true},
	VerbManualDone:   {Does: "says that a manual step is done", Roles: []Role{IT}, Or: isStepOwner, Never: []Bar{notSubject}, Deny: "This step belongs to somebody else."},
	VerbManualCannot: {Does: "says that a manual step cannot be done", Roles: []Role{IT}, Or: isStepOwner, Never: []Bar{notSubject}, Deny: "This step belongs to somebody else."},

	VerbShowPass:   {Does: "shows a day-one credential, once", Or: isPassHolder, Never: []Bar{notSubject}, Fresh: true},
	VerbStarted:    {Does: "says that the person started", Roles: []Role{HR}, Or: isManager, Never: []Bar{notSubject}},
	VerbNotStarted: {Does: "says that the person did not start", Roles: []Role{HR}, Or: isManager, Never: []Bar{notSubject}},
	VerbResume:     {Does: "lets the plan go on after a no-show", Roles: []Role{HR}, Never: []Bar{notSubject}, Deny: "Only HR decides what happens after a no-show."},
	VerbEnd:        {Does: "ends the case after a no-show", Roles: []Role{HR}, Never: []Bar{notSubject}, Deny: "Only HR decides what happens after a no-show."},

	VerbDetails:  {Does: "shows who did what when", Roles: []Role{HR, IT, Owner}, Or: isReader, Never: []Bar{notKept}, Deny: "This case is not yours to see.", Shows: true},
	VerbRefresh:  {Does: "shows the case as it is now", Roles: []Role{HR, IT, Owner}, Or: isReader, Never: []Bar{notKept}, Deny: "This case is not yours to see.", Shows: true},
	VerbOverdue:  {Does: "lists what is late", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},
	VerbUpcoming: {Does: "lists what is due", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},
	VerbFailures: {Does: "lists what failed", Roles: []Role{Owner, HR, IT}, Never: []Bar{notKept}, Deny: listsDeny, Shows: true},

	VerbDriftFix:    {Does: "has drift put right", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: "Only IT or an owner can decide on drift.", Fresh: true},
	VerbDriftIgnore: {Does: "lets drift be for a time, with a reason", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: "Only IT or an owner can decide on drift.", Fresh: true},
	VerbDriftKeep:   {Does: "keeps what drifted, as an exception", Roles: []Role{IT, Owner}, Never: []Bar{notSubject}, Deny: "Only IT or an owner can decide on drift.", Fresh: true},

	VerbDelegate:      {Does: "makes a delegation", Or: isAnybody},
	VerbEndDelegation: {Does: "ends one's own delegation", Or: isWriter},

	VerbChangeMake:   {Does: "confirms another date, or a cancellation", Roles: []Role{HR}, And: isChanger, Never: []Bar{notSubject, notKept}, Deny: "Only HR can change an event.", Then: "for an urgent exit a second person, HR or an owner", Fresh: true},
	VerbChangeDrop:   {Does: "leaves everything as it is", Roles: []Role{HR}, And: isChanger, Or: isSecond, Never: []Bar{notSubject, notKept}, Deny: "Only HR can change an event."},
	VerbChangeSecond: {Does: "agrees to cancel an urgent exit", Roles: []Role{HR, Owner}, Never: []Bar{notSubject, notAsker, notKept}, Deny: "Only HR or an owner can confirm this.", Fresh: true},
	VerbGoOn:         {Does: "lets a case that was held go on", Roles: []Role{HR}, Never: []Bar{notSubject}, Deny: "Only HR decides whether this goes on."},

	VerbRelease:  {Does: "decides what goes with the old job", Or: isReleaser, Never: []Bar{notSubject, notRaiser}},
	VerbExtend:   {Does: "keeps something longer", Or: isKeeper, Never: []Bar{notSubject}, Then: "an approver, for elevated access"},
	VerbLetEnd:   {Does: "lets something kept end", Or: isKeeper, Never: []Bar{notSubject}},
	VerbComeBack: {Does: "confirms the return from a secondment", Or: isReturner, Never: []Bar{notSubject, notRaiser}, Then: "the other manager"},

	VerbReturnOn:     {Does: "sets the last day of a leave", Roles: []Role{HR}, Never: []Bar{notSubject}, Deny: "Only HR can say when somebody returns."},
	VerbReturnAccess: {Does: "confirms the access before a return", Or: isBackAsked, Never: []Bar{notSubject, notRaiser}},

	VerbContractExtend: {Does: "asks to extend a contract", Or: isContract, Never: []Bar{notSubject}, Then: "HR"},
	VerbContractLet:    {Does: "lets a contract end", Or: isContract, Never: []Bar{notSubject}},
	VerbExtendAgree:    {Does: "agrees to extend a contract", Or: isExtension, Never: []Bar{notSubject, notAsker}},
	VerbExtendDeny:     {Does: "does not agree", Or: isExtension, Never: []Bar{notSubject, notAsker}},

	VerbDelete:  {Does: "has an account deleted", Roles: []Role{HR, Owner}, And: isAsked, Never: []Bar{notSubject, notRaiser}, Deny: "Only HR or an owner can decide on a deletion.", Fresh: true},
	VerbKeep:    {Does: "keeps an account for a time", Roles: []Role{HR, Owner}, And: isAsked, Never: []Bar{notSubject, notRaiser}, Deny: "Only HR or an owner can decide on a deletion.", Fresh: true},
	VerbRestore: {Does: "has a deleted account restored", Roles: []Role{HR, IT, Owner}, Never: []Bar{notSubject}, Deny: "Only HR, IT or an owner can have the account restored.", Fresh: true},
}
