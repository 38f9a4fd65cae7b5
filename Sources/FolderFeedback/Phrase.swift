/// Everything the staff read, by name; each language puts it into words in one file. `{0}`, `{1}` stand for values.
package enum Phrase: String, CaseIterable, Sendable {
  // What was found about a file, and what to do about it.
  case tooSmall, tooLarge, typeNotAllowed, typeMismatch, nameNotAllowed, malware, empty, onlyZeros, truncated
  case encrypted, notScanned, scanFailed, notInspected, unknownType, anyImage
  case adviceSize, adviceType, adviceName, adviceMalware
  // The note beside a refused file.
  case noteTitle, noteFile, noteTime, noteWhy, noteWhat, noteRetry, noteSafe, noteReference
  // The page.
  case pageTitle, pageAsOf, pageRefresh, pageReached, pageNeverReached
  case verdictOK, verdictBusy, verdictWaiting, verdictBlocked, verdictStopped, verdictUnavailable
  case verdictUnknown, explainUnknown, verdictNotKept, explainNotKept
  case explainOK, explainBusy, explainWaiting, explainBlocked, explainStopped, explainUnavailable
  case verdictPassedOver, explainPassedOver, headingPassedOver, passedOverHelp, whyPassedOver,
    whyMisplaced
  case verdictHeldUp, explainHeldUp, headingHeldUp
  case whyUnreadableFile, whyUnreadableDirectory, whyHeldOpen, whyNotAtRest, whyMount
  case headingWaiting, headingRefused, headingRecent, nothingWaiting, nothingRefused, nothingRecent, andMore
  case inClosedFolders, closedFile
  case columnFile, columnTime, columnSize, columnState, columnWhy, columnFingerprint
  case stateArrived, stateFlagged, stateOnItsWay, stateParked, stateRefused
  case whyQueued, whyRetrying, whyParked, fingerprintHelp, refusedHelp, trouble, seeRefused
  // Receipts.
  case receiptTitle, receiptTime, receiptName, receiptSize, receiptDigest, receiptKey, receiptVersion, receiptRecord
  case receiptRemark, receiptHelp
}
