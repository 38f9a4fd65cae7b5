import Cryptography
import DeliveryModel

/// LEGGIMI.txt and README.txt: what the files of a day are, what they prove and what not, and how to verify them by hand.
enum DayGuide {
  static func italian(_ day: ClosedDay, _ key: VerifyingKey) -> String {
    let words = DayScript.Words(
      verified: "VERIFICATO", failed: "NON VERIFICATO: controllo", badLine: "prima riga non corretta: seq",
      noAuthorities: "marca temporale presente ma non verificata: mancano i certificati dell'autorità nel file",
      noStamp: "marca temporale non presente: l'autorità non ha ancora risposto, o non è configurata",
      noDayBefore: "giorno precedente non verificato: manca", fingerprint: "impronta della chiave:")
    return """
      REGISTRO DEI DOCUMENTI RICEVUTI

      Server:  \(day.host.text)
      Giorno:  \(day.day.iso8601) (UTC)
      Righe:   da \(day.firstSequence) a \(day.lastSequence)
      Chiave:  \(key.fingerprint.hex)

      CHE COSA È
      Un elenco firmato, a sola aggiunta, di ciò che s3loggerd ha ricevuto su questo server: per ogni documento la
      sua impronta SHA-256, la data e il percorso. Ogni riga contiene l'impronta di quella prima; ogni giorno nomina il
      checkpoint del giorno prima. Se esiste checkpoint.tsr, un'autorità di marcatura temporale (RFC 3161) attesta che
      l'elenco esisteva a quella data. Una copia la cui impronta SHA-256 è quella della riga è identica, bit per bit, al
      documento ricevuto.

      CHE COSA NON È
      Non è conservazione a norma e non è una firma elettronica qualificata. Non dice chi ha scritto un documento né che il
      suo contenuto è vero. Chi amministra il server e ha la chiave può falsificare ciò che segue l'ultima marca
      temporale, e può omettere documenti: nessun registro può provare ciò che non gli è stato dato.

      I FILE
      entries.jsonl     le righe del giorno; la prima (opened) nomina il giorno prima, l'ultima (closed) le conta
      checkpoint        numero delle righe e radice dell'albero (RFC 6962), firmati con Ed25519 (C2SP signed note)
      checkpoint.tsr    la marca temporale di checkpoint (può mancare finché l'autorità non risponde)
      signing-key.pem   la chiave pubblica
      SHA256SUMS        le impronte di questi file; SHA256SUMS.sig ne è la firma

      I valori che cominciano con "hmac-sha256:" in una riga con "names":"hashed" sono nomi coperti: chi tiene il server
      può scoprirne uno alla volta.

      COME SI VERIFICA
      Servono GNU coreutils, openssl 3 e jq; non serve s3loggerd. In un terminale, nella cartella di questo file, incollare
      tutto ciò che sta fra le due linee. Per la marca temporale mettere prima in ca.pem i certificati dell'autorità, presi
      dal suo sito. I controlli: 1 i file sono quelli firmati; 2 la firma del checkpoint; 3 le righe sono in ordine, senza
      vuoti, sotto questa chiave; 4 ogni riga segue quella prima; 5 l'albero; 6 il giorno precedente; 7 la marca temporale.
      Confrontare infine l'impronta della chiave con quella ricevuta per altra via (avviso giornaliero): chi sostituisce
      tutti i file può anche sostituire la chiave, e questi comandi: in caso di dubbio, prenderli dal giorno di un altro
      server, o dal pacchetto di s3loggerd.

      ----------------------------------------------------------------------
      \(DayScript.text(words))
      ----------------------------------------------------------------------

      """
  }

  static func english(_ day: ClosedDay, _ key: VerifyingKey) -> String {
    let words = DayScript.Words(
      verified: "VERIFIED", failed: "NOT VERIFIED: check", badLine: "first line that is not right: seq",
      noAuthorities: "there is a time stamp, but it was not verified: the authority's certificates are missing in",
      noStamp: "there is no time stamp: the authority has not answered yet, or none is configured",
      noDayBefore: "the day before was not verified, missing:", fingerprint: "fingerprint of the key:")
    return """
      LEDGER OF RECEIVED DOCUMENTS

      Server:  \(day.host.text)
      Day:     \(day.day.iso8601) (UTC)
      Lines:   \(day.firstSequence) to \(day.lastSequence)
      Key:     \(key.fingerprint.hex)

      WHAT IT IS
      A signed, append-only list of what s3loggerd received on this server: for each document its SHA-256, when it came and
      under which path. Each line holds the SHA-256 of the one before it; each day names the checkpoint of the day before.
      Where there is checkpoint.tsr, a time-stamping authority (RFC 3161) attests that the list existed at that time. A copy
      whose SHA-256 is that of the line is identical to the document received, bit for bit.

      WHAT IT IS NOT
      It is no certified long-term archiving and no qualified electronic signature. It does not say who wrote a document, nor
      that its content is true. Who administers the server and has the key can falsify what comes after the last time
      stamp, and can leave documents out: no ledger proves what it was not given.

      THE FILES
      entries.jsonl     the day's lines; the first (opened) names the day before, the last (closed) counts them
      checkpoint        how many lines, and the root of their tree (RFC 6962), signed with Ed25519 (C2SP signed note)
      checkpoint.tsr    the time stamp over checkpoint (may be missing until the authority answers)
      signing-key.pem   the public key
      SHA256SUMS        the digests of these files; SHA256SUMS.sig is the signature over it

      Values that begin with "hmac-sha256:" in a line with "names":"hashed" are covered names: who runs the server can
      disclose one at a time.

      HOW TO VERIFY
      It takes GNU coreutils, openssl 3 and jq; s3loggerd is not needed. In a terminal, in the directory of this file, paste
      all that stands between the two rules. For the time stamp, first put the authority's certificates, from its own site,
      into ca.pem. The checks: 1 the files are those that were signed; 2 the signature of the checkpoint; 3 the lines are in
      order, without gaps, under this key; 4 each line follows the one before; 5 the tree; 6 the day before; 7 the time
      stamp. Last, compare the fingerprint of the key with the one that came another way (the daily digest): who replaces
      all the files can replace the key, too, and these commands: where in doubt, take them from another server's day, or
      from the package of s3loggerd.

      ----------------------------------------------------------------------
      \(DayScript.text(words))
      ----------------------------------------------------------------------

      """
  }
}
