import { stemWord } from './stem-word.js';

/** Words for what is done that mean much the same in what APIs say of themselves, whichever API it is. */
const actions = `
get retrieve fetch read show view see obtain display
list all every enumerate overview
create creation add new make insert open
delete remove destroy drop erase
update edit change modify patch alter adjust
start begin launch run trigger execute
stop end halt terminate quit
pause suspend hold
resume continue unpause
enable activate allow
disable deactivate
send deliver transmit
search find query lookup
duplicate copy clone
approve accept
reject deny decline refuse
leave exit
ban block kick expel
unban unblock
verify check validate confirm
restore recover unarchive undelete
compare diff
count number total amount
rotate renew regenerate
subscribe follow watch
unsubscribe unfollow unwatch
star favourite favorite
mute silence snooze
buy purchase
resize scale
attach assign
detach unassign
`;

/** The same for what it is done to. */
const alike = `
user person people member account
organization organisation org company
repository repo
issue ticket bug
comment reply note remark
message msg text sms
mail email
picture image photo
song track music
film movie video
audio sound recording
speech voice
document file
folder directory
cost spend expense price
invoice bill
database db
configuration config setting option preference
environment env
authentication auth login
permission right access
certificate cert
kubernetes k8s
machine vm instance
webhook hook
alert alarm warning
reminder remind
log history
metric statistic stats analytics
status state
current now
detail information info metadata description
tag label
kind type
link url
emoji reaction
limit quota
volume disk
transcribe transcription
recommend recommendation suggestion
version revision
recent latest newest last
bulk many multiple several batch
me my myself mine own authenticated current
`;

/** Words of which one often stands where the other would do. */
const close = `
get list search find
create post start generate set insert
create publish upload register
delete cancel revoke clear purge empty uninstall
update replace set put rename save configure
send post create
search list get
remove detach leave
move transfer
invite add
merge combine join
upload create attach import
download get export
archive hide
buy pay order
grant give assign add
user customer person
group team
team workspace organization
picture avatar icon thumbnail
usage consumption cost
payment charge transaction money
balance money fund
secret credential password key token
authorization permission access
role permission
server machine droplet node host
region location
notification alert
event log activity audit
schedule calendar event appointment
status presence
chat conversation channel room
conversation thread
channel group
poll survey vote
model llm
contributor collaborator member
mail message newsletter
settings rule policy
`;

/** What people say in several words, and the word that documents have for it. */
const phraseList = `
look up: get
give me: get
show me: get
get rid of: delete
take away: remove
set up: create
kick out: kick
throw out: remove
turn on: enable
switch on: enable
turn off: disable
switch off: disable
sign in: login
log in: login
sign up: register
how much: count
how many: count
fill in: update
hand over: transfer
`;

/** How much of a word's own weight another one has in its place. */
const alikeFactor = 0.7;
const closeFactor = 0.4;

/** Stems that may stand for a stem, each with its factor below 1. */
export const synonyms: ReadonlyMap<string, ReadonlyMap<string, number>> = readGroups([
  [close, closeFactor],
  [alike, alikeFactor],
  [actions, alikeFactor],
]);

/** Stems that say what is done: they tell in a name or a title, and hardly anywhere else. */
export const actionStems: ReadonlySet<string> = new Set(actions.trim().split(/\s+/).map(stemWord));

/** Phrases, each as the words that stand one after another and the one that replaces them. */
export const phrases: readonly { words: readonly string[]; replacement: string }[] = phraseList
  .trim()
  .split('\n')
  .map((line) => line.split(': '))
  .map(([words = '', replacement = '']) => ({ words: words.split(' '), replacement }));

function readGroups(lists: [string, number][]): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const [list, factor] of lists) {
    for (const line of list.trim().split('\n')) {
      const stems = [...new Set(line.split(' ').map(stemWord))];
      for (const stem of stems) {
        const others = found.get(stem) ?? new Map<string, number>();
        found.set(stem, others);
        for (const other of stems) if (other !== stem) others.set(other, factor);
      }
    }
  }
  return found;
}
