/* The limit: what bare libcurl and OpenSSL need to put N small files and write N records, nothing else.
   One thread, `connections` transfers at a time, SHA-256 of every body and a SigV4-shaped HMAC per request (the sink checks none).
   build: cc -O2 bound.c -o bound -lcurl -lcrypto      run: ./bound ENDPOINT LIST connections [puts|records]
   (ENDPOINT: http://127.0.0.1:PORT, LIST: a file of paths, one a line) */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX 1048576

typedef struct { CURL *easy; char *body; size_t length; int is_record; struct curl_slist *headers; char url[4200]; const char *path; } Slot;

static char **paths;
static const char *endpoint;
static long count, next_path, finished;
static int with_records;
static unsigned char key[32];

static size_t discard(char *p, size_t s, size_t n, void *u) { (void)p; (void)u; return s * n; }

static void hex(const unsigned char *digest, char *out) {
  for (int i = 0; i < 32; i++) sprintf(out + 2 * i, "%02x", digest[i]);
}

static void sign(Slot *s) {
  unsigned char digest[32]; unsigned n; char body_hash[65], request_hash[65], signature[65], text[8192], header[512];
  EVP_Digest(s->body, s->length, digest, &n, EVP_sha256(), NULL); hex(digest, body_hash);
  int length = snprintf(text, sizeof text, "%s\n%s\n\nhost:127.0.0.1\nx-amz-content-sha256:%s\nx-amz-date:20261123T210000Z\n\nhost;x-amz-content-sha256;x-amz-date\n%s",
                        s->is_record ? "POST" : "PUT", s->url, body_hash, body_hash);
  EVP_Digest(text, (size_t)length, digest, &n, EVP_sha256(), NULL); hex(digest, request_hash);
  length = snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n20261123T210000Z\n20261123/eu-south-1/s3/aws4_request\n%s", request_hash);
  HMAC(EVP_sha256(), key, 32, (unsigned char *)text, (size_t)length, digest, &n); hex(digest, signature);
  curl_slist_free_all(s->headers); s->headers = NULL;
  snprintf(header, sizeof header, "Authorization: AWS4-HMAC-SHA256 Credential=test/20261123/eu-south-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=%s", signature);
  s->headers = curl_slist_append(s->headers, header);
  snprintf(header, sizeof header, "x-amz-content-sha256: %s", body_hash);
  s->headers = curl_slist_append(s->headers, header);
  s->headers = curl_slist_append(s->headers, "x-amz-date: 20261123T210000Z");
  s->headers = curl_slist_append(s->headers, "Content-Type: application/octet-stream");
  s->headers = curl_slist_append(s->headers, "Expect:");
}

static void start(CURLM *multi, Slot *s, int is_record) {
  s->is_record = is_record;
  if (!is_record) {
    s->path = paths[next_path++];
    int fd = open(s->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, s->body, BODY_MAX);
    if (n < 0) { perror(s->path); exit(1); }
    close(fd); s->length = (size_t)n;
    snprintf(s->url, sizeof s->url, "%s/b/%s", endpoint, s->path);
  } else {
    s->length = (size_t)snprintf(s->body, BODY_MAX, "{\"TableName\":\"s3logger-metadata\",\"Item\":{\"object_key\":{\"S\":\"%s\"},\"size\":{\"N\":\"4096\"},\"uploaded_at\":{\"S\":\"2026-11-23T21:00:00.000Z\"}}}", s->path);
    snprintf(s->url, sizeof s->url, "%s/", endpoint);
  }
  sign(s);
  curl_easy_setopt(s->easy, CURLOPT_URL, s->url);
  curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
  curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body);
  curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)s->length);
  curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, is_record ? "POST" : "PUT");
  curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
  curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
  curl_multi_add_handle(multi, s->easy);
}

int main(int argc, char **argv) {
  if (argc < 4) { fprintf(stderr, "usage: bound ENDPOINT LIST connections [puts|records]\n"); return 2; }
  endpoint = argv[1];
  FILE *list = fopen(argv[2], "r"); if (!list) { perror(argv[2]); return 1; }
  char line[4096]; size_t room = 0;
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    if ((size_t)count == room) paths = realloc(paths, (room = room ? room * 2 : 1024) * sizeof *paths);
    paths[count++] = strdup(line);
  }
  int connections = atoi(argv[3]), active = 0, running, queued;
  with_records = argc < 5 || strcmp(argv[4], "puts");
  curl_global_init(CURL_GLOBAL_ALL);
  CURLM *multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections * 2);
  Slot *slots = calloc((size_t)connections, sizeof *slots);
  for (int i = 0; i < connections && next_path < count; i++, active++) { slots[i].easy = curl_easy_init(); slots[i].body = malloc(BODY_MAX); start(multi, &slots[i], 0); }
  while (active) {
    curl_multi_perform(multi, &running);
    int any = 0; CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &queued))) {
      if (message->msg != CURLMSG_DONE) continue;
      any = 1; Slot *s; curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &s);
      if (message->data.result) { fprintf(stderr, "%s: %s\n", s->path, curl_easy_strerror(message->data.result)); return 1; }
      curl_multi_remove_handle(multi, s->easy);
      if (with_records && !s->is_record) start(multi, s, 1);
      else { finished++; if (next_path < count) start(multi, s, 0); else active--; }
    }
    if (!any && active) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  printf("%ld files\n", finished);
  return finished == count ? 0 : 1;
}
