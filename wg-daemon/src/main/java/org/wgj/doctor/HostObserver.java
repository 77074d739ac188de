package org.wgj.doctor;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.wgj.doctor.Observation.Clock;
import org.wgj.doctor.Observation.Host;
import org.wgj.doctor.Observation.Link;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** Looks at this machine. Changes nothing. */
final class HostObserver {
    private static final Path PROC = Path.of("/proc");

    /* struct timex of linux/timex.h, whose first fields are int and four longs */
    private static final int TIMEX_LENGTH = 256; // 208, and some to spare
    private static final int TIMEX_STATUS = 40;
    private static final int STA_UNSYNC = 0x40;
    private static final int TIME_ERROR = 5;

    private HostObserver() {}

    static Host look(Set<Integer> ports) throws IOException {
        List<Link> links = new ArrayList<>();
        List<Route> routes;
        try (RtNetlink kernel = RtNetlink.open()) {
            for (LinkState link : kernel.links()) {
                links.add(new Link(link, kernel.addresses(link.name())));
            }
            routes = kernel.routes();
        }
        return new Host(
                links,
                routes,
                sysctls(ForwardingCheck.IPV4, ForwardingCheck.IPV6),
                Nft.read(PROC),
                UdpPorts.read(PROC, ports),
                clock());
    }

    private static Map<String, String> sysctls(String... names) {
        Map<String, String> values = new HashMap<>();
        for (String name : names) {
            try {
                Path file = PROC.resolve("sys").resolve(name.replace('.', '/'));
                values.put(name, Files.readString(file).strip());
            } catch (IOException e) {
                // Not of this kernel, or hidden: whoever wants it says so.
            }
        }
        return values;
    }

    private static Clock clock() {
        return new Clock(Instant.now(), synchronised(), built());
    }

    private static Optional<Boolean> synchronised() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timex = arena.allocate(TIMEX_LENGTH, Long.BYTES); // modes 0: only asks
            int state = Libc.adjtimex(timex.address());
            int status = timex.get(JAVA_INT, TIMEX_STATUS);
            return state < 0
                    ? Optional.empty()
                    : Optional.of(state != TIME_ERROR && (status & STA_UNSYNC) == 0);
        }
    }

    private static Instant built() {
        Properties properties = new Properties();
        try (InputStream in = HostObserver.class.getResourceAsStream("build.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Instant.parse(properties.getProperty("built"));
    }
}
