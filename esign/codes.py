"""Every reason code that a verdict may carry: what it means, in Indonesian and English, one sentence each.

Codes are stable: a program may rely on them, a page shows the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    # The file
    "empty-file": ("Berkas kosong.", "The file is empty."),
    "too-large": ("Berkas terlalu besar untuk diperiksa.", "The file is too large to be checked."),
    "not-a-pdf": ("Berkas ini bukan PDF.", "The file is not a PDF."),
    "bytes-before-header": (
        "Ada isi yang disisipkan sebelum awal dokumen.",
        "Something was put before the start of the document.",
    ),
    "bytes-after-end": (
        "Ada isi yang ditambahkan setelah akhir dokumen.",
        "Something was added after the end of the document.",
    ),
    "cut-short": ("Berkas terpotong, bagian akhirnya hilang.", "The file is cut short; its end is missing."),
    "end-missing": ("Akhir dokumen tidak ditemukan.", "The end of the document is missing."),
    "encrypted": (
        "Dokumen dikunci dengan kata sandi sehingga tidak dapat dinilai.",
        "The document is encrypted and cannot be judged.",
    ),
    "syntax-damaged": ("Susunan dokumen rusak.", "The document's syntax is damaged."),
    "object-damaged": ("Sebagian isi dokumen rusak.", "Part of the document is damaged."),
    "stream-damaged": ("Sebagian isi dokumen rusak.", "Part of the document's data is damaged."),
    "page-tree-damaged": ("Daftar halaman dokumen rusak.", "The document's list of pages is damaged."),
    "form-damaged": ("Formulir di dalam dokumen rusak.", "The document's form is damaged."),
    "xref-damaged": ("Daftar isi internal dokumen rusak.", "The cross-references are damaged."),
    "xref-loop": (
        "Daftar isi internal dokumen berputar-putar.",
        "The cross-references go round in a circle.",
    ),
    "xref-order": (
        "Urutan revisi dokumen tidak wajar.",
        "The revisions are in an order that cannot be judged.",
    ),
    "hybrid-xref": (
        "Dokumen dapat terbaca berbeda di aplikasi yang berbeda.",
        "Hybrid cross-references: programs may read the document differently.",
    ),
    "reference-loop": ("Dokumen merujuk dirinya berputar-putar.", "References go round in a circle."),
    "duplicate-key": (
        "Ada keterangan yang tertulis dua kali di dalam dokumen.",
        "A dictionary holds the same key twice.",
    ),
    "duplicate-object": ("Ada isi yang tertulis dua kali.", "One revision lists an object twice."),
    "nesting-too-deep": ("Susunan dokumen terlalu dalam.", "The document is nested too deeply."),
    "too-many-objects": ("Dokumen berisi terlalu banyak bagian.", "The document has too many objects."),
    "expansion-bomb": (
        "Isi dokumen mengembang secara tidak wajar.",
        "Compressed data unpacks to an unreasonable size.",
    ),
    "filter-unknown": (
        "Dokumen memakai kompresi yang tidak dikenal.",
        "An unknown way of compression is used.",
    ),
    "unlisted-bytes": (
        "Ada isi tersembunyi yang tidak terdaftar di dalam dokumen.",
        "There are bytes that no cross-reference lists.",
    ),
    "overlapping-objects": ("Bagian-bagian dokumen saling menindih.", "Objects overlap each other."),
    "object-outside-revision": (
        "Sebuah revisi merujuk isi di luar dirinya.",
        "A revision lists an object that lies outside of it.",
    ),
    "parsers-disagree": (
        "Dokumen terbaca berbeda oleh pembaca yang berbeda.",
        "Independent readers see different documents in this file.",
    ),
    "parser-crashed": (
        "Berkas tidak dapat dibaca: pembacanya berhenti.",
        "The file cannot be read: its reader broke down.",
    ),
    "parser-timeout": ("Berkas terlalu lama dibaca.", "Reading the file took too long."),
    "parser-memory": ("Berkas memerlukan terlalu banyak memori.", "Reading the file took too much memory."),
    # What no honest permit contains
    "javascript": ("Dokumen berisi program (JavaScript).", "The document contains JavaScript."),
    "launch-action": (
        "Dokumen berusaha menjalankan program lain.",
        "The document tries to launch a program.",
    ),
    "submit-action": (
        "Dokumen berusaha mengirim atau memuat data.",
        "The document sends or loads form data.",
    ),
    "xfa": (
        "Dokumen berisi formulir XFA yang tampilannya dapat berubah.",
        "The document contains an XFA form.",
    ),
    "active-media": (
        "Dokumen berisi media yang dapat berubah tampilan.",
        "The document contains active media.",
    ),
    "external-stream": (
        "Sebagian isi dokumen berada di luar berkas.",
        "Part of the content lies outside the file.",
    ),
    "embedded-program": (
        "Ada program yang disisipkan di dalam dokumen.",
        "A program is embedded in the document.",
    ),
    # Signatures and what they cover
    "unsigned": ("Dokumen tidak bertanda tangan elektronik.", "The document bears no electronic signature."),
    "only-timestamps": (
        "Dokumen hanya berisi cap waktu, tanpa tanda tangan.",
        "The document bears time stamps but no signature.",
    ),
    "signature-malformed": (
        "Tanda tangan tidak dalam bentuk baku.",
        "A signature is not in the standard's form.",
    ),
    "signature-format-unknown": (
        "Jenis tanda tangan tidak dikenal.",
        "A signature is of an unsupported kind.",
    ),
    "signature-removed": ("Ada tanda tangan yang dihapus.", "A signature was removed."),
    "signature-covers-part": (
        "Tanda tangan tidak mencakup seluruh revisinya.",
        "A signature does not cover its whole revision.",
    ),
    "byte-range-wrong": (
        "Cakupan tanda tangan tidak wajar: ada isi yang tidak dilindungi.",
        "The signature's byte range leaves something uncovered.",
    ),
    "changed-after-signing": (
        "Isi dokumen diubah setelah ditandatangani.",
        "The document was changed after it was signed.",
    ),
    "changed-between-signatures": (
        "Dokumen diisi atau diberi catatan di antara dua tanda tangan.",
        "Something was filled in or annotated between two signatures.",
    ),
    "validation-data-not-stamped": (
        "Data pemeriksaan ditambahkan tanpa cap waktu yang melindunginya.",
        "Validation data was added without a time stamp that covers it.",
    ),
    "not-certified": (
        "Izin tidak disertifikasi terhadap perubahan.",
        "The permit is not certified against changes.",
    ),
    "fillable-field": ("Izin berisi isian yang dapat diubah.", "The permit contains a fillable field."),
    "form-lock-unjudged": (
        "Dokumen mengunci sebagian formulirnya; perubahannya tidak dapat dinilai.",
        "Some fields are locked by a signature; the changes cannot be judged.",
    ),
    "digest-mismatch": (
        "Isi dokumen tidak sama dengan yang ditandatangani.",
        "The document is not the one that was signed.",
    ),
    "signature-invalid": ("Tanda tangan tidak cocok dengan kuncinya.", "The signature value is wrong."),
    "cms-damaged": ("Data tanda tangan rusak.", "The signature's data is damaged."),
    "cms-many-signers": (
        "Satu tanda tangan memuat lebih dari satu penanda tangan.",
        "One signature holds more or less than one signer.",
    ),
    "cms-surplus": (
        "Data tanda tangan memuat tambahan yang tidak semestinya.",
        "The signature holds data that does not belong there.",
    ),
    "signed-attributes-missing": ("Data tanda tangan tidak lengkap.", "Signed attributes are missing."),
    "content-type-wrong": ("Data tanda tangan tidak wajar.", "The signature's content type is wrong."),
    "signing-certificate-mismatch": (
        "Sertifikat tidak sama dengan yang disebut di tanda tangan.",
        "The signature names another certificate.",
    ),
    "signer-certificate-missing": (
        "Sertifikat penanda tangan tidak ada.",
        "The signer's certificate is missing.",
    ),
    "not-pades": ("Tanda tangan tidak mengikuti baku PAdES.", "The signature does not follow PAdES."),
    "algorithm-unknown": (
        "Algoritma tanda tangan tidak dikenal.",
        "The signature's algorithm is not supported.",
    ),
    "weak-digest": (
        "Tanda tangan memakai algoritma lama yang tidak aman lagi.",
        "The signature uses a digest that is no longer safe.",
    ),
    "weak-key": ("Kunci tanda tangan terlalu lemah.", "The signature's key is too weak."),
    # Who and when
    "certificate-unreadable": ("Sertifikat tidak dapat dibaca.", "A certificate cannot be read."),
    "certificate-unknown": (
        "Penerbit sertifikat penanda tangan tidak kami kenal.",
        "The signer's certificate leads to no authority that we trust.",
    ),
    "certificate-expired": (
        "Sertifikat penanda tangan sudah habis masa berlakunya.",
        "The signer's certificate had expired.",
    ),
    "certificate-not-yet-valid": (
        "Sertifikat penanda tangan belum berlaku.",
        "The signer's certificate was not valid yet.",
    ),
    "certificate-revoked": (
        "Sertifikat penanda tangan sudah dicabut.",
        "The signer's certificate was revoked.",
    ),
    "certificate-wrong-use": (
        "Sertifikat bukan untuk menandatangani dokumen.",
        "The certificate is not for signing documents.",
    ),
    "revocation-unknown": (
        "Tidak ada bukti bahwa sertifikat belum dicabut.",
        "Nothing proves that the certificate was not revoked.",
    ),
    "time-not-proven": (
        "Waktu tanda tangan menurut penanda tangan, belum dibuktikan.",
        "The signing time is the signer's word; nothing proves it.",
    ),
    "timestamp-invalid": (
        "Cap waktu rusak atau milik dokumen lain.",
        "A time stamp is broken or of another file.",
    ),
    "timestamp-weak": ("Cap waktu memakai algoritma yang lemah.", "A time stamp uses a weak algorithm."),
    "timestamp-untrusted": (
        "Pemberi cap waktu tidak kami kenal.",
        "The time-stamp authority is not trusted.",
    ),
    "timestamp-in-future": (
        "Cap waktu lebih baru daripada saat pemeriksaan.",
        "A time stamp is later than the time of judging.",
    ),
    "trial": (
        "Uji coba: tanda tangan ini tidak mempunyai kekuatan hukum.",
        "Trial: this signature has no legal force.",
    ),
    # Whose permit
    "no-permit-claim": (
        "Dokumen ini bukan izin dari kantor ini.",
        "The document does not claim to be a permit of this office.",
    ),
    "claim-damaged": ("Data izin di dalam dokumen rusak.", "The permit's data in the document is damaged."),
    "other-office": (
        "Menurut isinya, izin ini diterbitkan kantor lain.",
        "The document says that it is another office's permit.",
    ),
    "office-unknown": (
        "Daftar pejabat kantor penerbit tidak tersedia di sini.",
        "The issuing office's register of signers is not at hand.",
    ),
    "signer-not-registered": (
        "Penanda tangan tidak terdaftar sebagai pejabat kantor ini pada waktu itu.",
        "The signer was not in the office's register at that time.",
    ),
}
"""Code -> (Indonesian, English)."""
