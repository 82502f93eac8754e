package flows

import "muster/flows/texts"

// tasks is the task catalogue. A row without a look waits for people, or becomes a manual step when the plan is made.
var tasks = map[TaskName]task{
	CreateAccount: {
		plan: planAccount, in: []string{JoinerFlow},
		look: lookAccount, act: actAccount, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Creates the account with sign-in blocked and a long random password that nobody learns.", done: "The account is there under its sign-in name and carries the case's mark.",
		undo: undoBy(BlockSignIn, "Block the sign-in of the new account"), undone: "Sign-in is blocked and the account kept; deletion is a later step of its own.",
		pitfalls: "Never created twice: an account that carries the case's mark is taken for the first try.",
	},
	SetManager: {
		plan: planManager, in: []string{JoinerFlow, MoverFlow, SecondmentFlow},
		look: lookManager, act: actManager, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Sets the manager in the directory.", done: "The directory shows that manager.",
		undo: undoManager, undone: "The manager before is set again; of a starter it stays.",
		pitfalls: "Refused for people of an on-premises directory.",
	},
	AssignLicences: {
		plan: planLicences, in: []string{JoinerFlow, MoverFlow, SecondmentFlow, ReturnFlow},
		look: lookLicence, act: actLicences, looks: soon, needs: []string{"LicenseAssignment.ReadWrite.All", "User.Read.All"},
		does: "Assigns licences; all that are due go in one call.", done: "The licence is among those held.",
		undo: undoAs(RemoveLicence, "Take back "), undone: "The licence is taken back.",
		pitfalls: "Needs a usage location and a free seat; service plans may depend on each other.",
	},
	AddToGroup: {
		plan: planGroups, in: []string{JoinerFlow, MoverFlow, SecondmentFlow, ReturnFlow},
		look: lookGroup, act: actGroup, looks: soon, needs: []string{"GroupMember.ReadWrite.All", "User.Read.All"},
		does: "Adds to a security or Microsoft 365 group.", done: "The person is a direct member.",
		undo: undoAs(RemoveFromGroup, "Remove from "), undone: "The person is taken out again.",
		pitfalls: "Mail groups, dynamic, synced and role-assignable groups cannot be written: found when the plan is made.",
	},
	AddToTeam: {
		plan: planTeams, in: []string{JoinerFlow, MoverFlow, SecondmentFlow},
		look: lookTeam, act: actTeam, looks: slowly, needs: []string{"TeamMember.ReadWriteNonOwnerRole.All"},
		does: "Adds to a team.", done: "Teams shows the person as a member.",
		undo: undoAs(RemoveFromTeam, "Remove from "), undone: "The person is taken out again.",
		pitfalls: "Teams may take hours to show what its group shows at once.",
	},
	FollowRule: {
		look: lookGroup, looks: slowly, needs: []string{"GroupMember.Read.All"},
		does: "Watches that the rule of a dynamic group takes the person in.", done: "The person is a member.", undone: "The rule lets go when the attributes change.",
		pitfalls: "Nobody can add to a dynamic group; the rule may take an hour.",
	},
	EnableAccount: {
		plan: planEnable, in: []string{JoinerFlow, ReturnFlow},
		look: lookEnabled(texts.Language{}, true), act: actEnabled(true), looks: soon, needs: []string{"User.EnableDisableAccount.All", "User.Read.All"},
		does: "Opens the sign-in.", done: "The account is enabled.",
		undo: undoBy(BlockSignIn, "Block the sign-in again"), undone: "Sign-in is blocked again.",
		pitfalls: "Its own call, never together with a password.",
	},
	BlockSignIn: {
		plan: planBlock, in: []string{LeaverFlow, UrgentLeaverFlow, LeaveFlow, RehireFlow},
		look: lookEnabled(texts.Language{}, false), act: actEnabled(false), looks: soon, needs: []string{"User.EnableDisableAccount.All", "User.Read.All"},
		does: "Blocks the sign-in.", done: "The account is disabled.",
		undo: undoBy(EnableAccount, "Open the sign-in again"), undone: "Sign-in is opened again.",
		pitfalls: "Holders of directory roles are refused to an ordinary app: IT does it by hand, and it is read back.",
	},
	Manual: { // once a person says that a change outside Graph is done
		plan: planManual, in: everyFlow(), takes: []string{"owner", "title", "instructions"}, early: true,
		look: lookManual, looks: slowly, needs: []string{"GroupMember.Read.All"},
		does: "A person does it, with exact instructions and a due time.", done: "Its owner says so; where Graph can see the effect, it is seen.", undo: undoManual, undone: "Its owner is asked to take it back.",
		pitfalls: "What Graph cannot see rests on the word of the person named in the evidence.",
	},
	SendWelcome: {
		plan: planWelcome, in: []string{JoinerFlow}, takes: []string{"text"},
		look: lookWelcome, act: actWelcome, looks: soon,
		does: "Welcomes the starter in Teams.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Reaches only people whom the app is installed for.",
	},

	RevokeSessions: {
		plan: planRevoke, in: []string{LeaverFlow, UrgentLeaverFlow, LeaveFlow},
		look: lookRevoked, act: actRevoke, looks: soon, needs: []string{"User.RevokeSessions.All"},
		does: "Ends the sessions, after the block.", done: "Sign-ins before the block do not count any more.", undone: "Cannot be undone; the person signs in anew.",
		pitfalls: "Access tokens already given may live for about an hour; guests keep their sessions at home.",
	},
	RemoveMethods: {
		plan: planMethods, in: []string{LeaverFlow, UrgentLeaverFlow, RehireFlow},
		look: lookMethods, act: actMethods, looks: soon, needs: []string{"UserAuthenticationMethod.ReadWrite.All"},
		does: "Removes the registered sign-in methods, the default one last.", done: "None is left but the password.", undone: "Cannot be undone; the person registers anew.",
		pitfalls: "The default method is refused while others remain.",
	},
	SetReply: {
		plan: planReply, in: []string{LeaverFlow, UrgentLeaverFlow, LeaveFlow, ReturnFlow}, licensed: true, early: true,
		look: lookReply, act: actReply, looks: soon, needs: []string{"MailboxSettings.ReadWrite"},
		does: "Sets the automatic reply.", done: "The mailbox shows that text.",
		undo: func(_ Case, s Step) (Step, bool) {
			return Step{Task: SetReply, Title: "Switch the automatic reply off", Name: s.Name}, true
		}, undone: "The automatic reply is switched off.",
		pitfalls: "Needs a mailbox, so it comes before the licence goes.",
	},
	HandOverGroup: {
		plan: planHandOver, in: []string{LeaverFlow, UrgentLeaverFlow, MoverFlow},
		look: lookHandOver, act: actHandOver, looks: soon, needs: []string{"Group.ReadWrite.All"},
		does: "Makes the successor owner before the leaver stops being one.", done: "The successor owns it and the leaver does not.", undo: undoHandOver, undone: "The owners are put back by hand.",
		pitfalls: "Graph refuses to remove a last owner.",
	},
	RemoveFromGroup: {
		plan: planLeave, in: []string{LeaverFlow, UrgentLeaverFlow, MoverFlow, SecondmentFlow, ReturnFlow},
		look: lookNoGroup, act: actNoGroup, looks: soon, needs: []string{"GroupMember.ReadWrite.All"},
		does: "Takes out of a group.", done: "The person is no direct member.",
		undo: undoAs(AddToGroup, "Add back to "), undone: "The person is added again.",
		pitfalls: "A licence that the group gives goes with it.",
	},
	RemoveFromTeam: {
		plan: planLeaveTeams, in: []string{LeaverFlow, UrgentLeaverFlow, MoverFlow, SecondmentFlow},
		look: lookNoTeam, act: actNoTeam, looks: slowly, needs: []string{"TeamMember.ReadWriteNonOwnerRole.All"},
		does: "Takes out of a team.", done: "Teams shows the person no more.",
		undo: undoAs(AddToTeam, "Add back to "), undone: "The person is added again.",
		pitfalls: "Private and shared channels have members of their own.",
	},
	SetDetails: {
		in:   []string{MoverFlow, SecondmentFlow},
		look: lookDetails, act: actDetails, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Sets what the account says: job title, department, office, cost centre.", done: "The directory shows the new values.",
		undo: undoDetails, undone: "The values before are set again.",
		pitfalls: "Refused for people of an on-premises directory. Rules of dynamic groups follow these values.",
	},
	RuleLetsGo: {
		in:   []string{MoverFlow},
		look: lookNoGroup, looks: slowly, needs: []string{"GroupMember.Read.All"},
		does: "Watches that the rule of a dynamic group lets the person go.", done: "The person is no member any more.", undone: "The rule takes the person in when the values change back.",
		pitfalls: "Nobody can take people out of a dynamic group; the rule may take an hour.",
	},
	TakeBack: {
		in:   []string{MoverFlow, SecondmentFlow},
		does: "Has people take back what was given by hand and does not belong to the job any more.", done: "Its owner says so.", undone: "Its owner is asked to give it again.",
		pitfalls: "Muster knows what the profile gives, not what was handed out.",
	},
	RemoveLicence: {
		plan: planRelease, in: []string{LeaverFlow, UrgentLeaverFlow, MoverFlow, SecondmentFlow, LeaveFlow},
		look: lookNoLicence, act: actNoLicence, looks: soon, needs: []string{"LicenseAssignment.ReadWrite.All"},
		does: "Takes licences back; all that are due go in one call.", done: "The licence is not held.",
		undo: undoAs(AssignLicences, "Assign again "), undone: "The licence is assigned again, if a seat is free.",
		pitfalls: "A licence that comes with a group goes with the group only.",
	},

	DeleteAccount: {
		look: lookDeleted, act: actDelete, looks: soon, needs: []string{"User.DeleteRestore.All", "User.Read.All"},
		does: "Deletes the account of somebody who left, in a case of its own that HR or an owner confirms.", done: "The account is not live and is in the recycle bin.",
		undo: undoBy(RestoreAccount, "Restore the account"), undone: "Restored from the recycle bin within 30 days.",
		pitfalls: "Mailbox and OneDrive go with it; after 30 days nothing brings it back. Refused for holders of directory roles.",
	},
	AwaitPurge: {
		look: lookPurged, looks: slowly, needs: []string{"User.Read.All"},
		does: "Watches that the recycle bin lets go of a deleted account.", done: "The account is neither live nor in the recycle bin.", undone: "Nothing brings it back.",
		pitfalls: "Microsoft keeps it 30 days; on hold it may be longer.",
	},
	RestoreAccount: {
		in:   []string{RehireFlow},
		look: lookRestored, act: actRestore, looks: soon, needs: []string{"User.DeleteRestore.All", "User.Read.All"},
		does: "Brings an account back from the recycle bin, its sign-in as it was.", done: "The account is live.",
		undo: undoBy(DeleteAccount, "Delete the account again"), undone: "Deleted again by a deletion that is confirmed anew.",
		pitfalls: "Licences come back without a free seat, groups come back too; a name that somebody else took meanwhile is a conflict.",
	},
	ReuseAccount: {
		in:   []string{RehireFlow},
		look: lookReuse, act: actReuse, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Takes the account of somebody who comes back, and gives it the details of the new job.", done: "The account shows the job, department, office and usage location of the new job.",
		undo: undoBy(BlockSignIn, "Keep the sign-in of the account blocked"), undone: "Sign-in stays blocked; the details before are in the evidence.",
		pitfalls: "HR says that it is the same person; a name alone never decides.",
	},
	ClearAccess: {
		in:   []string{RehireFlow},
		look: lookCleared, act: actClear, looks: soon, needs: []string{"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "TeamMember.ReadWriteNonOwnerRole.All", "Directory.Read.All"},
		does: "Takes away groups and licences that an account still holds from before and the approved plan does not give.", done: "The account holds nothing beyond the approved plan.", undone: "What was taken is in the evidence, and is asked for anew.",
		pitfalls: "A restore gives licences back without free seats; mail and synced groups are taken away by people.",
	},
	SetNames: {
		in:   []string{RenameFlow},
		look: lookNames, act: actNames, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Changes the display name, first name, surname and mail nickname.", done: "The account shows the new names.", undone: "The names before are set again by a change of name back.",
		pitfalls: "Refused for people of an on-premises directory; what other systems show follows by itself or not at all.",
	},
	ChangeSignInName: {
		in:   []string{RenameFlow},
		look: lookSignInName, act: actSignInName, looks: soon, needs: []string{"User.ReadWrite.All"},
		does: "Changes the sign-in name, in a call of its own.", done: "The account signs in by the new name.", undone: "The name before is set again by a change of name back; it is kept free for that.",
		pitfalls: "Apps that know people by the name lose them, the OneDrive address changes, phone sign-in and managed apps must be set up again. Holders of directory roles are refused to an ordinary app.",
	},
	TellPerson: {
		look: lookTold, act: actTell, looks: soon,
		does: "Sends one message from Muster to a person.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Reaches only people whom the app is installed for.",
	},
	ResetPassword: {
		plan: planReset, in: []string{LeaverFlow, UrgentLeaverFlow, RehireFlow},
		look: lookReset, act: actReset, looks: soon, needs: []string{"User-PasswordProfile.ReadWrite.All"},
		does: "Gives the account a long random password that nobody learns.", done: "The password is younger than the block of the sign-in, and another than before.",
		undone:   "Cannot be undone; whoever comes back gets a new first sign-in.",
		pitfalls: "Muster's app also needs the directory role User Administrator. Synced and federated people have their password elsewhere, and holders of directory roles are refused: a task for IT.",
	},
	RemoveAppRoles: {
		plan: planAppRoles, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookNoAppRoles, act: actNoAppRoles, looks: soon, needs: []string{"AppRoleAssignment.ReadWrite.All"},
		does: "Takes back every role in an app that the person holds in their own right.", done: "None is left.",
		undo: undoApps, undone: "The roles that were there when the plan was made are given again.",
		pitfalls: "A role that comes with a group goes with the group. The permission is a strong one: it can also grant permissions to apps.",
	},
	GrantAppRoles: {
		look: lookAppRoles, act: actAppRoles, looks: soon, needs: []string{"AppRoleAssignment.ReadWrite.All"},
		does: "Gives back the roles in apps that were taken away.", done: "Each is held.", undone: "The roles are taken back.",
		pitfalls: "An app that was removed meanwhile is a task for IT.",
	},
	RemoveConsents: {
		plan: planConsents, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookNoConsents, act: actNoConsents, looks: soon, needs: []string{"DelegatedPermissionGrant.ReadWrite.All"},
		does: "Takes back what the person allowed apps to do in their name.", done: "No consent of the person is left.",
		undone:   "Cannot be undone; the person is asked again when they next use the app.",
		pitfalls: "What an administrator allowed for everybody stays, as it is nobody's own.",
	},

	CancelMeetings: {
		plan: planMeetings, in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true, early: true,
		look: lookMeetings, act: actMeetings, looks: soon, needs: []string{"Calendars.ReadWrite"},
		does: "Cancels the meetings ahead that the person organises for others, a series as a whole, and tells the guests why.", done: "No such meeting is left within two years.",
		undone:   "Cannot be undone; somebody invites anew.",
		pitfalls: "Needs a mailbox, so it comes before the licence goes. Exchange takes four requests at a time for one mailbox.",
	},
	CheckForwarding: {
		plan: planForwarding, in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true,
		look: lookForwarding, act: actForwarding, looks: soon, needs: []string{"MailboxSettings.ReadWrite", "Directory.Read.All"},
		does: "Removes inbox rules that pass mail on outside the organisation's own domains.", done: "No such rule is left.",
		undone:   "Cannot be undone; the evidence holds the domains that mail went to.",
		pitfalls: "Graph shows neither hidden rules nor forwarding of the whole mailbox: IT looks in Exchange.",
	},
	ShareOneDrive: {
		plan: planShare, in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true, early: true,
		look: lookOneDrive, act: actOneDrive, looks: soon, needs: []string{"Files.ReadWrite.All"},
		does: "Gives the successor the right to change each file and folder at the top of the OneDrive.", done: "The permissions of each show the successor.",
		undone:   "The shares are taken back by hand.",
		pitfalls: "What is added later is not shared, and more than a hundred items are not shared one by one: IT makes the successor an administrator of the site.",
	},
	DisableDevices: {
		plan: planDisable, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookDisabled, act: actDisabled, looks: soon, needs: []string{"Device.ReadWrite.All", "User.Read.All"},
		does: "Disables the devices that the person registered or joined in Entra.", done: "Each shows as disabled.", undone: "The devices are enabled again by hand.",
		pitfalls: "A company device that somebody else takes over must be enabled again.",
	},
	RetireDevices: {
		plan: planRetire, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookRetired, act: actRetired, looks: days, needs: []string{"DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.PrivilegedOperations.All"},
		does: "Has Intune take the organisation's data off the person's devices.", done: "Intune lists none of them any more, or shows the retirement as done.", undone: "Cannot be undone; the device is enrolled anew.",
		pitfalls: "Happens when the device is next switched on: it may take days, or never come.",
	},
	WipeDevices: {
		plan: planWipe, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookWiped, act: actWiped, looks: days, needs: []string{"DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.PrivilegedOperations.All"},
		does: "Has Intune wipe one company device, after an approver signed it off. Off unless the policy says so.", done: "Intune does not list it any more, or shows the wipe as done.", undone: "Cannot be undone: everything on it is lost.",
		pitfalls: "A device that has left Intune before it was asked is not wiped: people find out where it is.",
	},
	RemoveDirectoryRoles: {
		plan: planRoles, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookNoRoles, act: actNoRoles, looks: soon,
		needs: []string{"RoleManagement.ReadWrite.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"},
		does:  "Takes back the directory roles that the person holds or may take up.", done: "None is left.", undone: "An administrator gives the role again, after thinking about it.",
		pitfalls: "In no built-in workflow: the permission lets its holder make itself Global Administrator. Two other enabled Global Administrators must be left. A role that comes with a group goes with the group.",
	},
	RequestPackage: {
		plan: planPackage, in: []string{JoinerFlow}, takes: []string{"package", "package_policy", "title"}, many: true,
		look: lookPackage, act: actPackage, looks: slowly, needs: []string{"EntitlementManagement.ReadWrite.All"},
		does: "Asks for an access package for the person.", done: "The package is delivered.",
		undo: undoPackage, undone: "The package is taken back.",
		pitfalls: "Needs Entra ID P2 or Governance. Its policy may ask people first, and delivery takes minutes to hours.",
	},
	RemovePackages: {
		plan: planPackages, in: []string{LeaverFlow, UrgentLeaverFlow}, takes: []string{"package"}, many: true,
		look: lookNoPackages, act: actNoPackages, looks: slowly, needs: []string{"EntitlementManagement.ReadWrite.All"},
		does: "Takes back the person's access packages.", done: "None is assigned or on its way.", undone: "The package is asked for again, as its policy says.",
		pitfalls: "Needs Entra ID P2 or Governance. What a package gave goes with it, within minutes to hours.",
	},
	CancelPackageRequests: {
		plan: planRequests, in: []string{LeaverFlow, UrgentLeaverFlow},
		look: lookNoRequests, act: actNoRequests, looks: soon, needs: []string{"EntitlementManagement.ReadWrite.All"},
		does: "Withdraws the person's open requests for access packages.", done: "None is open.", undone: "The person asks again.",
		pitfalls: "A request that is being carried out cannot be withdrawn: the package is taken back afterwards.",
	},
	RunLifecycleWorkflow: {
		plan: planLifecycle, in: everyFlow(), takes: []string{"workflow"}, many: true, early: true,
		look: lookWorkflow, act: actWorkflow, looks: slowly, needs: []string{"LifecycleWorkflows-Workflow.Activate", "LifecycleWorkflows-Workflow.Read.All", "LifecycleWorkflows-Reports.Read.All"},
		does: "Runs one of the tenant's own lifecycle workflows for the person.", done: "The run has completed, every task of it.", undone: "Cannot be undone as a whole; the workflow's own tasks are taken back one by one.",
		pitfalls: "Needs Entra ID Governance. Every start is another run, so it is looked for before it is sent again.",
	},
	OfferPass: {
		plan: planPass, in: []string{JoinerFlow, ReturnFlow}, takes: []string{"minutes"}, needs: []string{"UserAuthMethod-TAP.ReadWrite.All"},
		does: "Offers the manager a Temporary Access Pass, made when it is asked for and shown once.", done: "It was made and shown, or the person started without it.", undone: "It ends by itself, or when a new one is made.",
		pitfalls: "The code is kept nowhere; the tenant's own limits for its lifetime hold.",
	},
	AskStarted: {
		plan: planAsk, in: []string{JoinerFlow, ReturnFlow},
		does: "Asks the manager whether the person started.", done: "The manager says yes; a no holds the plan and blocks the sign-in.", undone: "HR says that the person starts after all.",
		pitfalls: "Silence is no answer: the manager is reminded, and the case stays open.",
	},
	DisableOnPremises: {
		plan: planOnPremises, in: []string{LeaverFlow, UrgentLeaverFlow},
		does: "Has IT disable a synchronised account where it comes from.", done: "IT says so.", undone: "IT enables the account there again.",
		pitfalls: "The next synchronisation opens an account again that is blocked in the cloud only.",
	},
	HandOverReports: {
		plan: planReports, in: []string{LeaverFlow, UrgentLeaverFlow}, early: true,
		does: "Has the manager name a new manager for those who report to the leaver.", done: "The manager says so.", undone: "The manager names the old one again.",
		pitfalls: "Requests and approvals go to the leaver until the directory shows the new manager.",
	},
	HandOverFiles: {
		plan: planFiles, in: []string{LeaverFlow, UrgentLeaverFlow}, early: true,
		does: "Has the manager go through the leaver's OneDrive.", done: "The manager says that nothing is missing.", undone: "Files that were moved stay where they are.",
		pitfalls: "Apps, forms and flows that only the leaver runs stop with the account.",
	},
	HandOverApps: {
		plan: planApps, in: []string{LeaverFlow, UrgentLeaverFlow},
		does: "Has IT find what only the leaver runs: app registrations, which are named, and flows, apps, forms and booking pages.", done: "IT says so, with a note of what was found.", undone: "What was handed over stays where it is.",
		pitfalls: "Graph shows app registrations only. Flows of a blocked account stop by and by.",
	},
	MailboxByHand: {
		plan: planMailbox, in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true,
		does: "Has IT do in Exchange what the policy lists under leaver.mailbox.", done: "IT says so; a shared mailbox is also seen.", undone: "IT takes it back in Exchange.",
		pitfalls: "Graph can do none of it, and shows only what a mailbox is kept for.",
	},
	SharedMailbox: {
		plan: planMailboxAct(ConvertToShared), in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true,
		does: "Has IT convert the mailbox to a shared one.", done: "Graph shows a shared mailbox, and no licence goes before.", undone: "IT converts it back, with a licence.",
		pitfalls: "A mailbox over 50 GB, with an archive or on hold needs a licence also when it is shared. Never together with deletion.",
	},
	ForwardMail: {
		plan: planMailboxAct(ForwardMailbox), in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true,
		does: "Has IT forward new mail to the successor.", done: "IT says so.", undone: "IT stops the forwarding in Exchange.",
		pitfalls: "Graph does not show it; forwarding ends with the mailbox.",
	},
	HideFromLists: {
		plan: planMailboxAct(HideFromList), in: []string{LeaverFlow, UrgentLeaverFlow}, licensed: true,
		does: "Has IT hide the person from the address lists.", done: "IT says so.", undone: "IT shows the person again in Exchange.",
		pitfalls: "The lists follow within a day.",
	},
	HoldReview: {
		plan: planHold, in: []string{LeaverFlow, UrgentLeaverFlow}, early: true,
		does: "Has HR look again at a hold, because of which licences stay.", done: "HR says so.", undone: "Nothing was changed.",
		pitfalls: "A licence that was kept is taken back by hand once the hold is over.",
	},
	AnnounceName: {
		in: []string{RenameFlow}, takes: []string{"to"}, many: true,
		does: "Tells the person or the manager what changes with the name, and when.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Becomes tell_person. The sign-in name waits for the one to the manager.",
	},
	ConfirmName: {
		in: []string{RenameFlow}, takes: []string{"to"}, many: true,
		does: "Tells the person or the manager that the name has changed.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Becomes tell_person, once the last part of the name is seen.",
	},
	KeepAddress: {
		in:   []string{RenameFlow},
		does: "Has IT keep the former address as an alias in Exchange.", done: "Graph shows both addresses.", undone: "IT takes the alias away in Exchange.",
		pitfalls: "Graph shows addresses and does not change them.",
	},
	AnnounceLeave: {
		in:   []string{LeaveFlow},
		does: "Tells the manager that a leave begins; from then on the stand-in decides.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Becomes tell_person.",
	},
	SuspendElevated: {
		in:   []string{LeaveFlow},
		does: "Takes elevated access away for the time of a leave.", done: "The person is in none of these groups and teams.", undone: "Asked for by the manager and signed off anew before the return.",
		pitfalls: "Becomes a step for each group that a job profile gives as elevated.",
	},
	AwaitReturn: {
		in:   []string{LeaveFlow},
		does: "Has HR say when somebody on leave returns, while that is open.", done: "HR says the day.", undone: "HR says another day.",
		pitfalls: "The return is planned from that.",
	},
	AskReturn: {
		in:   []string{ReturnFlow},
		does: "Asks the manager before a return which access is still needed.", done: "The manager answers; silence goes to the owners.", undone: "Nothing was changed.",
		pitfalls: "Nothing of the return is done before the answer, so the sign-in stays blocked.",
	},
	ChangeName: {
		in:   []string{RenameFlow},
		does: "Stands for all lines of the built-in change of name, for policies from before these were lines of their own.", done: "Each of its steps is.", undone: "By a change of name back.",
		pitfalls: "Its time is that of each line.",
	},
	BeginLeave: {
		in:   []string{LeaveFlow},
		does: "Stands for all lines of the built-in leave, for policies from before these were lines of their own.", done: "Each of its steps is.", undone: "The return undoes it.",
		pitfalls: "Its time is that of each line.",
	},
	SendMail: {
		plan: planMail, in: everyFlow(), takes: []string{"to", "template", "subject", "text"}, many: true, early: true,
		look: lookMail, act: actMail, looks: soon, needs: []string{"Mail.Send"},
		does: "Sends a notice by mail from the policy's sender, with a template or a text.", done: "Exchange accepted it, and with Mail.Read it lies in Sent Items.", undone: "A mail that was sent cannot be taken back.",
		pitfalls: "Accepted is not delivered. After a lost answer it is never sent again by itself, unless Mail.Read shows that it was not sent. Restrict Mail.Send to the sender in Exchange.",
	},
	Notify: {
		plan: planNotify, in: everyFlow(), takes: []string{"to", "template", "subject", "text"}, many: true, early: true,
		look: lookNotice, act: actNotice, looks: soon,
		does: "Sends a notice in Teams to the starter, the manager, HR or IT.", done: "Teams accepted the message.", undone: "A message that was sent cannot be taken back.",
		pitfalls: "Reaches only people whom the app is installed for.",
	},
	CallWebhook: {
		plan: planHook, in: everyFlow(), takes: []string{"hook", "title", "text"}, many: true, early: true,
		look: lookHook, act: actHook, looks: awaited,
		does: "Has another system do a step, by a signed call over HTTPS.", done: "The system answers that it is done.", undone: "The system is not asked to take it back; people do.",
		pitfalls: "The system must not do the same key twice, and must answer how the key stands. The secret is a file that the policy names.",
	},
}

// undoAs is the undoing of a step by another task on the same thing.
func undoAs(t TaskName, title string) func(Case, Step) (Step, bool) {
	return func(_ Case, s Step) (Step, bool) {
		return Step{Task: t, Title: title + s.Name, Group: s.Group, Name: s.Name, SKU: s.SKU}, true
	}
}

// undoBy is the undoing of a step by another task on the account.
func undoBy(t TaskName, title string) func(Case, Step) (Step, bool) {
	return func(Case, Step) (Step, bool) { return Step{Task: t, Title: title, Name: "Sign-in"}, true }
}
