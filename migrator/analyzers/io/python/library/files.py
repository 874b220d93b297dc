"""Files: the standard library, file system libraries, archives, documents."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package, Table

_COPY = ("read file {src:0}", "write file {dst:1}")


def _filesystem(scheme: str) -> Table:
    """Methods of a filesystem object; its paths are below `scheme` unless they say so themselves."""
    return {
        "open": f"open {scheme}{{path:0}} {{mode:1}}",
        "put": ("read file {lpath:0}", f"write file {scheme}{{rpath:1}}"),
        "get": (f"read file {scheme}{{rpath:0}}", "write file {lpath:1}"),
        "upload": ("read file {lpath:0}", f"write file {scheme}{{rpath:1}}"),
        "download": (f"read file {scheme}{{rpath:0}}", "write file {lpath:1}"),
        "copy": (f"read file {scheme}{{path1:0}}", f"write file {scheme}{{path2:1}}"),
        "mv": (f"read file {scheme}{{path1:0}}", f"write file {scheme}{{path2:1}}"),
        "cat": f"read file {scheme}{{path:0}}",
        "pipe": f"write file {scheme}{{path:0}}",
        "open_output_stream": f"write file {scheme}{{path:0}}",
        "open_input_file": f"read file {scheme}{{path:0}}",
    }


PACKAGES = (
    Package(
        ("builtins", "io", "codecs", "gzip", "bz2", "lzma", "aiofiles"), {"open": "open {file|filename:0} {mode:1}"}
    ),
    Package(("fsspec",), {"open": "open {urlpath:0} {mode:1}", "open_files": "open {urlpath:0} {mode:1}"}),
    Package(("smart_open",), {"open": "open {uri:0} {mode:1}", "smart_open": "open {uri:0} {mode:1}"}),
    Package(("gzip",), {"GzipFile": "open {filename:0} {mode:1}"}),
    Package(
        ("zipfile",),
        {"ZipFile": "open {file:0} {mode:1}"},
        {
            "extractall": "write file {path:0}",
            "extract": "write file {path:1}[/{member:0}]",
            "write": "read file {filename:0}",
        },
    ),
    Package(
        ("tarfile",),
        {"open": "open {name:0} {mode:1}", "TarFile": "open {name:0} {mode:1}"},
        {"extractall": "write file {path:0}", "add": "read file {name:0}"},
    ),
    Package(
        ("shutil",),
        {
            "copy": _COPY,
            "copy2": _COPY,
            "copyfile": _COPY,
            "copytree": _COPY,
            "move": _COPY,
            "unpack_archive": ("read file {filename:0}", "write file {extract_dir:1}"),
            "make_archive": "read file {root_dir:2}",
            "rmtree": "remove file {path:0}",
        },
    ),
    Package(
        ("os",),
        {
            "rename": _COPY,
            "replace": _COPY,
            "link": _COPY,
            "remove": "remove file {path:0}",
            "unlink": "remove file {path:0}",
        },
    ),
    Package(("openpyxl",), {"load_workbook": "read file {filename:0}"}, {"save": "write file {filename:0}"}),
    Package(
        ("docx", "pptx"),
        {"Document": "read file {docx:0}", "Presentation": "read file {pptx:0}"},
        {"save": "write file {path_or_stream|file:0}"},
    ),
    Package(
        ("xml.etree.ElementTree", "lxml.etree", "defusedxml.ElementTree"),
        {"parse": "read file {source:0}", "iterparse": "read file {source:0}"},
        {"write": "write file {file_or_filename|file:0}"},
    ),
    Package(
        ("hdfs",),
        methods={
            "upload": ("read file {local_path:1}", "write object hdfs://{hdfs_path:0}"),
            "download": ("read object hdfs://{hdfs_path:0}", "write file {local_path:1}"),
            "read": "read object hdfs://{hdfs_path:0}",
            "write": "write object hdfs://{hdfs_path:0}",
        },
    ),
    Package(("xlsxwriter",), {"Workbook": "write file {filename:0}"}),
    Package(("xlwt",), methods={"save": "write file {filename_or_stream:0}"}),
    Package(("pyxlsb",), {"open_workbook": "read file {name:0}"}),
    Package(("xlwings",), {"Book": "read file {fullname:0}"}, {"save": "write file {path:0}"}),
    Package(
        ("pyexcel",),
        {
            **dict.fromkeys(
                ("get_records", "iget_records", "get_array", "get_sheet", "get_book"), "read file {file_name}"
            ),
            **dict.fromkeys(
                ("save_as", "save_book_as", "isave_as"), ("read file {file_name}", "write file {dest_file_name}")
            ),
        },
    ),
    Package(
        ("tabula", "camelot"),
        {
            "read_pdf": "read file {input_path|filepath:0}",
            "convert_into": ("read file {input_path:0}", "write file {output_path:1}"),
        },
    ),
    Package(
        ("pdfplumber", "fitz", "pymupdf", "pikepdf"),
        {"open": "read file {path_or_fp|filename:0}"},
        {"save": "write file {filename:0}"},
    ),
    Package(("fpdf",), methods={"output": "write file {name:0}"}),
    Package(
        ("reportlab",),
        {"pdfgen.canvas.Canvas": "write file {filename:0}", "platypus.SimpleDocTemplate": "write file {filename:0}"},
    ),
    Package(
        ("pdfkit", "imgkit"),
        {
            "from_string": "write file {output_path:1}",
            "from_file": ("read file {input:0}", "write file {output_path:1}"),
            "from_url": ("read api {url:0}", "write file {output_path:1}"),
        },
    ),
    Package(("weasyprint",), methods={"write_pdf": "write file {target:0}"}),
    Package(
        ("imageio", "imageio.v2", "imageio.v3", "skimage.io"),
        {"imread": "read file {uri|fname:0}", "imwrite": "write file {uri:0}", "imsave": "write file {fname:0}"},
    ),
    Package(("soundfile",), {"read": "read file {file:0}", "write": "write file {file:0}"}),
    Package(("librosa",), {"load": "read file {path:0}"}),
    Package(("pydicom",), {"dcmread": "read file {fp:0}"}),
    Package(
        ("py7zr",),
        {"SevenZipFile": "open {file:0} {mode:1}"},
        {"extractall": "write file {path:0}", "writeall": "read file {path:0}"},
    ),
    Package(("rarfile",), {"RarFile": "open {file:0} {mode:1}"}, {"extractall": "write file {path:0}"}),
    Package(("patoolib",), {"extract_archive": ("read file {archive:0}", "write file {outdir}")}),
    Package(("zstandard", "lz4.frame", "pgzip", "indexed_gzip"), {"open": "open {filename:0} {mode:1}"}),
    Package(
        ("cloudpathlib",),
        methods={"upload_from": ("read file {source:0}",), "download_to": "write file {destination:0}"},
    ),
    Package(
        ("smbclient",),
        {
            "open_file": "open {path:0} {mode:1}",
            "copyfile": _COPY,
            "shutil.copyfile": _COPY,
            "shutil.copy": _COPY,
            "rename": _COPY,
            "replace": _COPY,
            "listdir": "read file {path:0}",
            "remove": "remove file {path:0}",
        },
    ),
    Package(
        ("smb.SMBConnection",),
        methods={
            "retrieveFile": "read file smb://{service_name:0}/{path:1}",
            "storeFile": "write file smb://{service_name:0}/{path:1}",
            "listPath": "read file smb://{service_name:0}/{path:1}",
        },
    ),
    Package(
        ("scp",),
        methods={
            "put": ("read file {files:0}", "write file {remote_path:1}"),
            "get": ("read file {remote_path:0}", "write file {local_path:1}"),
        },
    ),
    Package(
        ("fabric",),
        methods={
            "put": ("read file {local:0}", "write object sftp://{Connection@host:0}/{remote:1}"),
            "get": ("read object sftp://{Connection@host:0}/{remote:0}", "write file {local:1}"),
        },
    ),
    Package(("cdsapi", "ecmwfapi"), methods={"retrieve": "write file {target:2}"}),
    Package(("xlrd",), {"open_workbook": "read file {filename:0}"}),
    Package(("PIL.Image",), {"open": "read file {fp:0}"}, {"save": "write file {fp:0}"}),
    Package(("cv2",), {"imread": "read file {filename:0}", "imwrite": "write file {filename:0}"}),
    Package(("PyPDF2", "pypdf"), {"PdfReader": "read file {stream:0}"}),
    Package(("matplotlib.pyplot",), {"savefig": "write file {fname:0}"}),
    Package(
        ("dbm", "shelve"),
        {"open": "write file {file|filename:0}"},
    ),
    Package(("fsspec.filesystem",), methods=_filesystem("{filesystem@protocol:0}://")),
    Package(("adlfs", "pyarrow.fs", "airflow.io"), methods=_filesystem("")),
    Package(("s3fs",), methods=_filesystem("s3://")),
    Package(("gcsfs",), methods=_filesystem("gs://")),
    Package(
        ("paramiko", "pysftp"),
        methods={
            "get": (
                "read object sftp://{#}/[{chdir|cwd|cd@path|remotepath:0}/]{remotepath:0}",
                "write file {localpath:1}",
            ),
            "put": (
                "read file {localpath:0}",
                "write object sftp://{#}/[{chdir|cwd|cd@path|remotepath:0}/]{remotepath:1}",
            ),
            "getfo": "read object sftp://{#}/{remotepath:0}",
            "putfo": "write object sftp://{#}/{remotepath:1}",
            "open": "open sftp://{#}/{filename:0} {mode:1}",
            "file": "open sftp://{#}/{filename:0} {mode:1}",
            "listdir": "read object sftp://{#}/{path|remotepath:0}",
            "listdir_attr": "read object sftp://{#}/{path|remotepath:0}",
            **dict.fromkeys(("get_r", "get_d"), ("read object sftp://{#}/{remotedir:0}", "write file {localdir:1}")),
            **dict.fromkeys(("put_r", "put_d"), ("read file {localpath:0}", "write object sftp://{#}/{remotepath:1}")),
        },
        system="sftp",
    ),
    Package(
        ("ftplib",),
        methods={
            **dict.fromkeys(("retrbinary", "retrlines"), "read object ftp://{#}/[{cwd@dirname:0}/]{cmd! :0}"),
            **dict.fromkeys(("storbinary", "storlines"), "write object ftp://{#}/[{cwd@dirname:0}/]{cmd! :0}"),
        },
        system="ftp",
    ),
)
