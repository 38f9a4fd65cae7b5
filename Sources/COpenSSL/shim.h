// libcrypto 3.0 or later (EVP_MD_fetch, EVP_DigestInit_ex2). Nothing here needs a wrapper: Swift calls all of it.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
