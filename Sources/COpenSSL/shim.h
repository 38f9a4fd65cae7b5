// libcrypto 3.0 or later (EVP_MD_fetch, EVP_DigestInit_ex2). Nothing here needs a wrapper: Swift calls all of it.
#include <openssl/err.h>
#include <openssl/evp.h>
