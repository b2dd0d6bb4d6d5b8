//! What the help of each command says after its options: examples, exit codes, environment.

/// Exit codes of every command, at the end of each help.
macro_rules! with_codes {
    ($text:literal) => {
        concat!(
            $text,
            "\n\nExit codes:\n",
            "  0  done; what was asked for holds\n",
            "  1  a node, a rule or a check said no\n",
            "  2  it could not be asked, is not final yet, or nobody knows what became of it: usage, files,\n",
            "     connection, a node that stays busy, an answer that is not the node's"
        )
    };
}

/// `pangolin`.
pub(crate) const MAIN: &str = with_codes!(
    "Examples:
  pangolin demo                                   a network on this machine, and what happens on it
  pangolin capture shipment.xml --key our.key     hand in a file, follow it until it is final
  pangolin trace '(01)00301430957019(21)1000000007' --key our.key
  pangolin verify custody.json --genesis genesis.json
  pangolin help COMMAND                           examples of each command

Environment:
  PANGOLIN_NODE   address of the node, instead of --node
  PANGOLIN_KEY    secret key file that signs requests, instead of --key
  PANGOLIN_PARTY  party, instead of --party
  PANGOLIN_TOKEN  development token, instead of --token
  PANGOLIN_CERT   client certificate and key, instead of --cert
  RUST_LOG        what a node logs, for example debug or pangolin_chain=debug

With --output json every result is one line of JSON on standard output, and an error is
{\"error\": {\"code\", \"message\", \"place\", \"remedy\", \"status\", \"causes\"}} on standard error, with
\"submitted\": {\"transaction\", \"validUntil\", \"askLater\"} where a transaction may become final in spite of it,
and \"openUntil\" where a rule refused one: the last block that may take it all the same."
);

/// `pangolin node`.
pub(crate) const NODE: &str = "Examples:
  pangolin node init south --name south                     a validator before its key ceremony
  pangolin node init north --genesis genesis.json --name north --listen 0.0.0.0:4001 --http 127.0.0.1:4105
  pangolin node run north

A node runs until Ctrl-C or SIGTERM and logs to standard error. RUST_LOG sets what it logs.

Exit codes:
  0  it was told to stop, and has
  1  it can't start, or can't go on; the last line of the log says why
  2  a part of it failed, or usage";

/// `pangolin relay`.
pub(crate) const RELAY: &str = with_codes!(
    "Examples:
  pangolin relay run relay.toml               carries between the chains that the file names
  pangolin relay status                       what is open, how old, what does not go on
  pangolin relay status http://10.0.0.7:4300 --output json

relay.toml:
  listen = \"127.0.0.1:4300\"
  [[chain]]
  name = \"east\"
  genesis = \"east/genesis.json\"
  node = \"https://node.east.example\"        a node that lists the party under relays in its node.toml
  party = \"urn:example:carrier\"             any party that the chain admitted
  key = \"carrier.key\"

A relay has no say: each chain checks the proofs that it brings."
);

/// `pangolin keys`.
pub(crate) const KEYS: &str = with_codes!(
    "Examples:
  pangolin keys new our.key       the file is readable by its owner only
  pangolin keys show our.key      the public key, which a party registers on the chain"
);

/// `pangolin genesis`.
pub(crate) const GENESIS: &str = with_codes!(
    "Examples:
  pangolin genesis show genesis.json
  pangolin genesis draft --validators 4 > draft.toml
  pangolin genesis check draft.toml
  pangolin genesis trusted-dealer my-network --validators 4 --members members.toml"
);

/// `pangolin ceremony`.
pub(crate) const CEREMONY: &str = with_codes!(
    "Examples:
  pangolin node init north --name north --listen 0.0.0.0:4001     prints the public key for the draft
  pangolin genesis check draft.toml                               the hash is the same for everybody
  pangolin ceremony run north --draft draft.toml                  at all validators, at the same time
  pangolin ceremony check north/ceremony.json --genesis north/genesis.json
  pangolin node run north

All validators must take part. A process that was killed goes on where it was: run the same command again, and never
remove ceremony.state."
);

/// `pangolin capture`.
pub(crate) const CAPTURE: &str = "Examples:
  pangolin capture shipment.xml --key our.key
  pangolin capture --strict outbox/*.xml --key our.key
  export-epcis | pangolin capture - --key our.key
  pangolin capture shipment.xml --key 3pl.key --party 0366159000019      in the name of another party
  pangolin capture --follow JOB --key our.key                            ask what became of an earlier capture

Each file is followed until all of its events are final. Sending a file again is safe: events that are recorded are known.
A bar shows the progress on a terminal; elsewhere only the summary of each file is printed. When it takes longer than a
second, standard error names the job, and then says from time to time why it does not move. Ctrl-C, or the end of --wait,
ends the waiting and not the job: the command that asks later is printed.

Exit codes:
  0  every event of every file is recorded (or waits, recorded, for its predecessor)
  1  something was refused; every defect and refusal is listed
  2  a file could not be read, is not known to be handed in, or is not final yet: usage, connection, a node that stays busy";

/// `pangolin proof`.
pub(crate) const PROOF: &str = with_codes!(
    "Examples:
  pangolin proof custody '(01)00301430957019(21)1000000007' --out custody.json
  pangolin proof status urn:epc:id:sscc:030001.01234567890 --out status.json
  pangolin proof receipt TRANSACTION --out receipt.json --key our.key
  pangolin proof header 1200 --out block-1200.json
  pangolin proof fields 'ni:///sha-256;...?ver=CBV2.0' --path /bizTransactionList/ --out order.json --key our.key
  pangolin verify custody.json --genesis genesis.json

A receipt carries what was stated, and by whom, for whoever may read the whole transaction and signs the request with
--key; whoever gets the file can read it. For everybody else it says what became of each event.

Fields are given to whoever may read the contents of the event, also where the chain has only a commitment to it; what goes
to somebody else than the owner is written down where the owner sees it (pangolin disclosures)."
);

/// `pangolin disclosures`.
pub(crate) const DISCLOSURES: &str = with_codes!(
    "Examples:
  pangolin disclosures --key our.key
  pangolin disclosures --key our.key --after 120 --output json

Each node tells what it disclosed itself: ask the one that captures for you. Entries are never changed; the hash of the last
one, noted elsewhere, shows later whether any were."
);

/// `pangolin certificate`.
pub(crate) const CERTIFICATE: &str = with_codes!(
    "Examples:
  pangolin certificate --epc '(01)00301430957019(21)1000000007' --genesis north.json --node https://north.example:8443 \
    --also https://customs.example:8443 --also https://south.example:8443 --out pack.json
  pangolin certificate --epc '(01)00301430957019(21)1000000007' --genesis registry.json --node https://north.example:8443 \
    --also https://registry.example:8443 --out pack.json --code pack.txt
  pangolin verify pack.json --genesis north.json

No node is believed: what they answer is checked before it is written. A chain that no node was named for, or that does
not answer, leaves a gap, and the certificate says so."
);

/// `pangolin verify`.
pub(crate) const VERIFY: &str = "Examples:
  pangolin verify receipt.json --genesis genesis.json
  pangolin verify status.json --genesis genesis.json --output json

No network is needed. Take the genesis file from somebody you trust, once, and keep it.

Exit codes:
  0  verified
  1  not verified, or a doubt remains: the file is damaged, of another chain, or was changed
  2  nothing was checked: usage, or the genesis file or the proof file can't be read";

/// `pangolin trace`.
pub(crate) const TRACE: &str = with_codes!(
    "Examples:
  pangolin trace '(01)00301430957019(21)1000000007' --key our.key
  pangolin trace urn:epc:id:sscc:030001.01234567890 --direction contents --key our.key

What must exist and is not known to this chain is marked with `?`: a gap is shown, never drawn over."
);

/// `pangolin find`.
pub(crate) const FIND: &str = "Examples:
  pangolin find '(01)00301430957019(21)1000000007'
  pangolin find '(01)00301430957019(21)1000000007' --contents --key our.key
  pangolin find '(01)00301430957019(10)A23' --everywhere --output json

Whether a chain knows it and how it stands is proven by that chain, whoever asks. Its events are given to those whom they name; each time,
their owners see it (`pangolin disclosures`). A chain that does not answer, or not with a proof that holds, is listed with what is missing.

Exit codes:
  0  a chain knows it; what is missing is said
  1  no chain that answered knows it
  2  the first node could not be asked";

/// `pangolin directory`.
pub(crate) const DIRECTORY: &str = with_codes!(
    "Examples:
  pangolin directory
  pangolin directory --for '(01)00301430957019(21)1000000007'"
);

/// `pangolin verify-product`.
pub(crate) const VERIFY_PRODUCT: &str = "Examples:
  pangolin verify-product 00301430957019 1000000007 --lot A23 --exp 271231 --req-gln 0366159000019

Exit codes:
  0  the pack is verified
  1  the pack is not verified; the answer says why
  2  there is no answer about the pack: a part of the question is malformed, who asks is turned away, nobody answers for
     the item, usage, connection, a node that stays busy";

/// `pangolin order`.
pub(crate) const ORDER: &str = with_codes!(
    "Examples:
  pangolin order recall '(01)00301430957019(10)A23' --basis '21 CFR 7.46' --reason recall-class-1 \\
           --party 0301430000005 --key officer.key
  pangolin order list --state active --key our.key
  pangolin order show ORDER --key our.key
  pangolin order release ORDER --basis '21 CFR 7.55' --party 0301430000005 --key officer.key

An order on what nobody has recorded yet is legal, and so is the same order twice: a warning says so. Each order must be
released by itself. While the chain stands still an order waits; Ctrl-C, or the end of --wait, ends the waiting and not the
order, and the command that asks later is printed. The same, and outcome-unknown, where the connection broke or something
on the way answered after the order was sent: it may become final all the same, and the same command would sign another."
);

/// `pangolin status`.
pub(crate) const STATUS: &str = with_codes!(
    "Examples:
  pangolin status
  pangolin status --node https://node.example --ca authority.pem --output json"
);

/// `pangolin chains`.
pub(crate) const CHAINS: &str = with_codes!(
    "Examples:
  pangolin chains list
  pangolin chains register list/genesis.json --party urn:example:regulator --key governor.key
  pangolin chains follow 'Registry of chains' --word-ms 600000 --party urn:example:regulator --key governor.key
  pangolin chains record north/genesis.json --jurisdiction NO --prefix 036615 --endpoint https://north.example \\
      --node https://registry.example --party urn:example:registrar --key registrar.key
  pangolin chains mark 'Northern medicines chain' suspended --node https://registry.example \\
      --party urn:example:registrar --key registrar.key
  pangolin chains fork https://one.example https://two.example --party urn:example:carrier --key carrier.key
  pangolin chains fork one.json two.json --genesis north/genesis.json --check

A chain is believed if it is registered and active: by decision of the own governance, or by the word of a registry that the
governance decided to follow. Where several governors are needed, each gives the same command. Two certified blocks of one height
show that its validators contradicted themselves: whoever finds them hands them in, on every chain that believes it."
);

/// `pangolin sources`.
pub(crate) const SOURCES: &str = with_codes!(
    "Examples:
  pangolin sources list --party urn:example:operator --key operator.key
  pangolin sources register hub --rpc https://rpc.hub.example --height 5200791 --hash 1A2B… --store goods \\
      --party urn:example:regulator --key governor.key
  pangolin sources register port --attester KEY --attester KEY --threshold 2 \\
      --party urn:example:regulator --key governor.key
  pangolin sources facts hub lots/17 --party urn:example:operator --key operator.key
  pangolin sources tell one.json two.json --party urn:example:carrier --key carrier.key

A chain that runs CometBFT is followed by its light client, from a header that you checked by other means: `pangolin relay`
carries. An attested source has no finality that anybody could check; whatever rests on it says so. What is known is shown to the
operator of the node and to those that it lists under relays."
);

/// `pangolin attest`.
pub(crate) const ATTEST: &str = with_codes!(
    "Examples:
  pangolin attest port --number 17 --fact lots/17=released --key attester.key > one.json
  pangolin attest port --number 18 --absent seals/4711 --time 2027-03-31T12:00:00Z --key attester.key > one.json

Each attester signs the same number, time and facts. Two statements of one number contradict each other: the source is suspended."
);

/// `pangolin validators`.
pub(crate) const VALIDATORS: &str = with_codes!(
    "Examples:
  pangolin validators show
  pangolin validators add --name north-5 --organisation 'North Pharmacies' --node-key KEY --address 192.0.2.5:4001 \\
      --party urn:example:regulator --key governor.key
  pangolin validators remove north-2 --party urn:example:regulator --key governor.key

The chain's key stays the same. Who is wanted validates from one of the next two epochs on. A node that joins is
started as soon as it is named; where several governors are needed, each gives the same command."
);

/// `pangolin demo`.
pub(crate) const DEMO: &str = with_codes!(
    "Examples:
  pangolin demo                          tells its story, then runs until Ctrl-C
  pangolin demo --exit                   ends when the story is told
  pangolin demo --dir other --first-port 5100
  pangolin demo --dir third --first-port 0      on ports that are free

A node that ends meanwhile is named, with what it means for the chain and the command that starts it again; the others
go on. It ends with 2 when none is left."
);

/// `pangolin network`.
pub(crate) const NETWORK: &str = with_codes!(
    "Examples:
  pangolin network check docs/operating/networks/three-chains.toml
  pangolin network up docs/operating/networks/three-chains.toml
  pangolin network up FILE --dir other        keys and data in another directory

DEVELOPMENT ONLY: the keys of all chains are dealt on this machine. docs/operating/networks.md describes the file."
);

/// `pangolin completions`.
pub(crate) const COMPLETIONS: &str = with_codes!(
    "Examples:
  pangolin completions bash > /etc/bash_completion.d/pangolin
  pangolin completions zsh > ~/.zfunc/_pangolin
  pangolin completions fish > ~/.config/fish/completions/pangolin.fish"
);

/// `pangolin man`.
pub(crate) const MAN: &str = with_codes!(
    "Examples:
  pangolin man | man -l -
  pangolin man --dir /usr/local/share/man/man1"
);

/// `pangolin bench`.
pub(crate) const BENCH: &str = with_codes!(
    "Examples:
  pangolin bench                                  everything; takes some minutes
  pangolin bench throughput --transactions 200000
  pangolin bench references --packs 1000000       10^6 objects in the state
  pangolin bench trace --objects 10000000
  pangolin bench verify --verify-rate 4000 --output json

Every node is a process of its own with its own disk files, and checks every signature and every rule. The load is
made and signed before it is timed. Close other programs, and compare only numbers of one machine."
);
