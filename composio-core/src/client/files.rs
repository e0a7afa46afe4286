use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body::Body as _;

use super::{Client, paging::list_builder, refusal, text_header};
use crate::{
    Body, Error, ErrorKind, Result,
    models::{FileArgument, FileEntry, FileResult, FileUpload, FileUploadRequest},
};

/// Bytes of a refusal that are read.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// Requests about files (wire reference 1.10). From [`Client::files`].
///
/// Bytes go to signed addresses and come from them, past the key and as streams.
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
}

impl Files {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists files.
    pub fn list(&self) -> ListFiles {
        ListFiles::new(self.client.clone())
    }

    /// Asks where a file goes. [`Files::upload`] does this, and sends it.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn request_upload(&self, request: &FileUploadRequest) -> Result<FileUpload> {
        self.client
            .post("/api/v3/files/upload/request", request.clone())
            .await
    }

    /// Sends a file, and gives it as a tool's arguments name it. Of a file that is there already no byte is sent.
    ///
    /// ```no_run
    /// # async fn example(client: composio_core::client::Client) -> composio_core::Result<()> {
    /// use composio_core::models::FileUploadRequest;
    ///
    /// let request = FileUploadRequest::new("a.txt", "900150983cd24fb0d6963f7d28e17f72")
    ///     .mimetype("text/plain")
    ///     .tool("drive", "DRIVE_UPLOAD_FILE");
    /// let file = client.files().upload(&request, "abc").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client`] says; [`ErrorKind::InvalidInput`] if the bytes are not those of the MD5.
    pub async fn upload(
        &self,
        request: &FileUploadRequest,
        body: impl Into<Body>,
    ) -> Result<FileArgument> {
        let upload = self.request_upload(request).await?;
        if upload.kind != "existing" {
            let address = upload.new_presigned_url.as_deref();
            let address = address.or(upload.update_presigned_url.as_deref());
            let address = address.ok_or_else(|| {
                let message = "the service awaits the file and does not say where";
                Error::new(ErrorKind::UnexpectedResponse, message)
            })?;
            let body = body.into();
            let headers = headers(request, &upload, &body)?;
            self.put(address, headers, body).await?;
        }
        Ok(FileArgument {
            name: request.filename.clone(),
            mimetype: request.mimetype.clone(),
            s3key: upload.key,
        })
    }

    /// Fetches a file that a tool gave, as a stream.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] if the time of its address is over, [`ErrorKind::NotFound`] if that of the file is,
    /// and what the transport says.
    pub async fn download(&self, file: &FileResult) -> Result<Body> {
        let request = Request::builder().method(Method::GET).uri(&file.s3url);
        self.exchange(request.body(Body::empty())).await
    }

    async fn put(&self, address: &str, headers: HeaderMap, body: Body) -> Result<()> {
        let mut request = Request::builder()
            .method(Method::PUT)
            .uri(address)
            .body(body);
        if let Ok(request) = &mut request {
            *request.headers_mut() = headers;
        }
        self.exchange(request).await.map(drop)
    }

    async fn exchange(&self, request: http::Result<Request<Body>>) -> Result<Body> {
        let request = request
            .ok()
            .filter(|request| request.uri().host().is_some())
            .ok_or_else(|| {
                let message = "the address of the file is not an address";
                Error::new(ErrorKind::UnexpectedResponse, message)
            })?;
        let response = self.client.transport().send(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        let request_id = text_header(response.headers(), "x-request-id");
        let body = response.into_body().bytes(REFUSAL_LIMIT).await?;
        Err(refusal(status, &body, request_id))
    }
}

fn headers(request: &FileUploadRequest, upload: &FileUpload, body: &Body) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let media_type = HeaderValue::from_str(&request.mimetype).map_err(|error| {
        Error::new(
            ErrorKind::InvalidInput,
            "the media type has characters that none has",
        )
        .with_source(error)
    })?;
    headers.insert(header::CONTENT_TYPE, media_type);
    if let Some(length) = body.size_hint().exact() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if upload.metadata.storage_backend.starts_with("azure") {
        headers.insert("x-ms-blob-type", HeaderValue::from_static("BlockBlob"));
    }
    Ok(headers)
}

list_builder! {
    /// A list of files, newest first. Await it for one page, or [`ListFiles::stream`] it.
    ListFiles -> FileEntry, "/api/v3/files/list";
    /// Only files for this toolkit.
    text toolkit = "toolkit_slug";
    /// Only files for this tool.
    text tool = "tool_slug";
}
