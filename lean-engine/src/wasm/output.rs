//! What a run prints: bounded, and either kept or handed to the caller line by line.

/// Where a guest wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Receives what a run prints.
pub type Sink = Box<dyn FnMut(Stream, &[u8]) + Send>;

/// Where what a run prints goes to.
pub(super) enum Route {
    /// It is kept until the end.
    Kept,
    /// Whole lines, without Lean's own traces.
    Lines(Sink),
    /// Bytes as they come.
    Raw(Sink),
}

/// The run printed more than it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flood;

pub(super) struct Output {
    left: usize,
    kept: [Vec<u8>; 2],
    route: Route,
}

impl Output {
    pub(super) fn new(limit: usize, route: Route) -> Self {
        Self { left: limit, kept: [Vec::new(), Vec::new()], route }
    }

    pub(super) fn write(&mut self, stream: Stream, data: &[u8]) -> Result<(), Flood> {
        self.left = self.left.checked_sub(data.len()).ok_or(Flood)?;
        let kept = &mut self.kept[stream as usize];
        if let Route::Raw(sink) = &mut self.route {
            sink(stream, data);
            return Ok(());
        }
        kept.extend_from_slice(data);
        if let Route::Lines(sink) = &mut self.route
            && let Some(end) = kept.iter().rposition(|b| *b == b'\n')
        {
            let lines: Vec<u8> = kept.drain(..=end).collect();
            for line in lines.split_inclusive(|b| *b == b'\n') {
                pass(sink, stream, line);
            }
        }
        Ok(())
    }

    /// Hands out an unfinished last line.
    pub(super) fn finish(&mut self) {
        if let Route::Lines(sink) = &mut self.route {
            for stream in [Stream::Out, Stream::Err] {
                let rest = std::mem::take(&mut self.kept[stream as usize]);
                if !rest.is_empty() {
                    pass(sink, stream, &rest);
                }
            }
        }
    }

    /// What was kept (all of it, if it goes nowhere else).
    pub(super) fn take(&mut self, stream: Stream) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.kept[stream as usize])).into_owned()
    }
}

fn pass(sink: &mut Sink, stream: Stream, line: &[u8]) {
    if !crate::messages::is_trace(&String::from_utf8_lossy(line)) {
        sink(stream, line);
    }
}
