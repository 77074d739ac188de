// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.token.JoinToken;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The node's end of enrolment: asks the coordinators of a token, each in a tunnel of its own in
 * user space, which needs no privilege. It asks them one after another, half a second apart, and
 * takes the first answer; the coordinators know a node that asks twice by its key.
 */
public final class EnrolClient {
    /** The time to wait for an answer by default. */
    public static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(EnrolClient.class);
    private static final long STAGGER_MS = 500;
    private static final int MAX_ATTEMPTS = 16;

    private final JoinToken token;
    private final InstantSource clock;
    private final Duration timeout;

    /**
     * An answer, or the end of an attempt without one.
     *
     * @param failure the reason for the lack of an answer
     * @param reached whether the coordinator is reached all the same
     */
    private record Outcome(EnrolAnswer answerOrNull, String failure, boolean reached) {}

    /**
     * Creates a client.
     *
     * @param token not wiped here, and not to be wiped while a request is under way
     * @param timeout how long to wait for an answer, more than 0; {@link #TIMEOUT} is enough for
     *     two handshakes
     * @param clock tells whether the token has expired
     */
    public EnrolClient(JoinToken token, Duration timeout, InstantSource clock) {
        this.token = Objects.requireNonNull(token, "token");
        this.timeout = timeout;
        this.clock = Objects.requireNonNull(clock, "clock");
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + " is not positive");
        }
    }

    /**
     * Asks until a coordinator answers. Blocks; not on an event loop.
     *
     * @param request what to ask for; asking again with the same keys is harmless
     * @return the first answer, refusals included; {@link EnrolAnswer.Reason#BUSY} only if the time
     *     was over
     * @throws EnrolException if the token has expired or no coordinator answers in time; the
     *     message says what to do
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalArgumentException if the request is too long for a datagram
     */
    public EnrolAnswer ask(EnrolRequest request) throws EnrolException, InterruptedException {
        checkTime();
        byte[] bytes = EnrolJson.write(request);
        long endNs = System.nanoTime() + timeout.toNanos();
        Set<String> faults = new LinkedHashSet<>();
        List<EnrolAttempt> attempts = attempts(bytes, endNs, faults);
        BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
        List<Thread> running = new ArrayList<>();
        EnrolAnswer busy = null;
        boolean reached = false;
        try {
            int left = attempts.size();
            int begun = 0;
            while (left > 0) {
                if (begun < attempts.size()) {
                    running.add(begin(attempts.get(begun++), outcomes));
                }
                long waitMs =
                        begun < attempts.size()
                                ? STAGGER_MS
                                : TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()) + 1_000;
                Outcome outcome = outcomes.poll(Math.max(waitMs, 1), TimeUnit.MILLISECONDS);
                if (outcome == null) {
                    if (begun < attempts.size()) {
                        continue;
                    }
                    break;
                }
                EnrolAnswer answer = outcome.answerOrNull();
                if (answer == null) {
                    left--;
                    reached |= outcome.reached();
                    faults.add(outcome.failure());
                } else if (answer.reasonOrNull() == EnrolAnswer.Reason.BUSY) {
                    busy = answer; // the attempt goes on
                } else {
                    return answer;
                }
            }
        } finally {
            running.forEach(Thread::interrupt);
        }
        if (busy != null) {
            return busy;
        }
        if (faults.isEmpty()) {
            // On a busy machine an attempt may end after its time.
            attempts.forEach(attempt -> faults.add(attempt + ": no answer"));
        }
        throw reached ? unansweredInTunnel(faults) : unanswered(faults);
    }

    private void checkTime() throws EnrolException {
        Instant now = clock.instant();
        if (!now.isBefore(token.expires())) {
            throw new EnrolException(
                    "the token expired "
                            + inWords(Duration.between(token.expires(), now))
                            + " ago ("
                            + token.expires()
                            + "): ask for a new one, which `wgj mesh token` makes on the"
                            + " coordinator's machine; if it is new, look at this machine's clock",
                    true);
        }
    }

    /** Rounds down to the largest unit. */
    static String inWords(Duration duration) {
        long seconds = Math.max(duration.toSeconds(), 0);
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + " min";
        }
        return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " days";
    }

    /** Lists every address of every coordinator, the first of each before the second of any. */
    private List<EnrolAttempt> attempts(byte[] request, long endNs, Set<String> faults)
            throws EnrolException {
        List<List<EnrolAttempt>> all = new ArrayList<>();
        for (JoinToken.Coordinator coordinator : token.coordinators()) {
            List<EnrolAttempt> each = new ArrayList<>();
            HostPort endpoint = coordinator.endpoint();
            try {
                for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
                    InetSocketAddress to = new InetSocketAddress(address, endpoint.port());
                    each.add(new EnrolAttempt(token.key(), coordinator.key(), to, request, endNs));
                }
            } catch (UnknownHostException e) {
                faults.add("the name " + endpoint.host() + " has no address");
            }
            all.add(each);
        }
        List<EnrolAttempt> ordered = new ArrayList<>();
        for (int i = 0; i < MAX_ATTEMPTS; i++) {
            for (List<EnrolAttempt> each : all) {
                if (i < each.size() && ordered.size() < MAX_ATTEMPTS) {
                    ordered.add(each.get(i));
                }
            }
        }
        if (ordered.isEmpty()) {
            throw new EnrolException(
                    "no coordinator of the token can be asked: " + String.join("; ", faults));
        }
        return ordered;
    }

    private Thread begin(EnrolAttempt attempt, BlockingQueue<Outcome> outcomes) {
        return Thread.ofVirtual()
                .name("wgj-enrol")
                .start(
                        () -> {
                            try {
                                attempt.ask(answer -> outcomes.add(new Outcome(answer, "", true)));
                            } catch (IOException e) {
                                LOG.debug("{}: {}", attempt, e.getMessage());
                                outcomes.add(
                                        new Outcome(
                                                null,
                                                attempt + ": " + e.getMessage(),
                                                e instanceof EnrolAttempt.SilentException));
                            } catch (RuntimeException | Error e) {
                                LOG.error("{}: enrolment failed", attempt, e);
                                outcomes.add(new Outcome(null, attempt + ": " + e, false));
                            }
                        });
    }

    /** A firewall is not the cause, nor the token: a coordinator opened the tunnel. */
    private EnrolException unansweredInTunnel(Set<String> faults) {
        return new EnrolException(
                "no coordinator answered the request within "
                        + timeout.toSeconds()
                        + " s ("
                        + String.join("; ", faults)
                        + "): it cannot use its store now, or has too much to do, which its log"
                        + " says; try again in a minute");
    }

    private EnrolException unanswered(Set<String> faults) {
        return new EnrolException(
                "no coordinator answered within "
                        + timeout.toSeconds()
                        + " s ("
                        + String.join("; ", faults)
                        + "): a firewall or router here or there blocks UDP to its port, it does"
                        + " not run, or the token was revoked or has expired there. Let UDP to that"
                        + " port pass: a relay (wgj join --relay) is reached by UDP as well, so it"
                        + " is no way around. If UDP passes, `wgj mesh tokens` on the coordinator's"
                        + " machine shows whether the token is still good");
    }
}
