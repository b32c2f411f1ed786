//! A stream's own RTCP reports, and its figures for the CDR (MED-13, SDP-15).

use crate::base::Now;
use crate::media::StreamFigures;
use crate::media::engine::{PacketKind, Sink};
use crate::media::rtcp::Report;
use crate::media::rtp;
use crate::media::stream::{Stream, Tools};
use std::net::SocketAddr;

impl Stream {
    /// Where RTCP goes, and by which socket; none while the far end named no place.
    pub(crate) fn reports_to(&self) -> Option<(PacketKind, SocketAddr)> {
        if self.spec.rtcp_mux {
            return Some((PacketKind::Rtp, self.destination()?));
        }
        let named = self.spec.remote_rtcp?;
        // Behind NAT the named place leads nowhere: take the neighbour of the latched port.
        let behind_nat = self
            .latch
            .source()
            .filter(|source| Some(source.ip()) != self.spec.remote_rtp.map(|named| named.ip()))
            .and_then(|source| Some(SocketAddr::new(source.ip(), source.port().checked_add(1)?)));
        Some((PacketKind::Rtcp, self.rtcp_source.or(behind_nat).unwrap_or(named)))
    }

    /// Sends a report; `bye` ends the stream.
    pub(crate) fn report(
        &mut self,
        bye: bool,
        now: Now,
        tools: &mut Tools<'_>,
        sink: &mut dyn Sink,
    ) {
        self.reporter.schedule(tools.mint, now.mono);
        let Some((kind, to)) = self.reports_to() else { return };
        // RFC 3550 §6.3.7: who never sent anything says no goodbye.
        if bye && self.out.packets == 0 && !self.reporter.has_reported() {
            return;
        }
        let sender = self
            .reporter
            .is_sender(self.out.packets)
            .then(|| (self.out.clock(now.mono), self.out.packets as u32, self.out.octets as u32));
        let report = Report { ssrc: self.out.ssrc, sender, reception: self.quality.report(), bye };
        let mut buffer = [0; rtp::MAX_PACKET];
        let len = self.reporter.write(&report, now, &mut buffer);
        sink.send(self.port, kind, to, buffer.get(..len).unwrap_or_default());
    }

    /// What the stream carried, up to now.
    pub(crate) fn figures(&self) -> StreamFigures {
        StreamFigures {
            packets_sent: self.out.packets,
            packets_lost: self.quality.lost(),
            jitter_us: self.quality.jitter_us(),
            ..self.figures
        }
    }
}
