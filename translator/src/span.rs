//! Places in the user's source.

/// Index of a file in [`SourceMap::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// A range of bytes of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub lo: u32,
    /// One past the last byte.
    pub hi: u32,
}

/// The files that spans point into.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// Path as it is shown (relative to the package), and the text.
    pub files: Vec<(String, String)>,
}

impl SourceMap {
    /// Line and column, both from 1, columns in characters, of a byte offset.
    pub fn line_column(&self, file: FileId, offset: u32) -> (usize, usize) {
        let text = self.files.get(file.0 as usize).map_or("", |f| f.1.as_str());
        let before = text.get(..offset as usize).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
    /// The text of a span.
    pub fn snippet(&self, span: Span) -> &str {
        self.files.get(span.file.0 as usize).and_then(|f| f.1.get(span.lo as usize..span.hi as usize)).unwrap_or("")
    }
}
