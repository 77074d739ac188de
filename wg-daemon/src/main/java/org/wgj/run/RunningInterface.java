package org.wgj.run;

import org.wgj.conf.ConfigFile;
import org.wgj.conf.EndpointResolver;
import org.wgj.quick.Output;
import org.wgj.quick.Patience;
import org.wgj.quick.Quick;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/** One interface of this process, brought up from its file. Used by one thread. */
final class RunningInterface {
    /** A handshake is renewed after so long (whitepaper 6.1), and an answer waited for so long. */
    private static final int REKEY_AFTER_SECONDS =
            Objects.requireNonNullElse(ServedTunnel.REKEY_AFTER_SECONDS, 120);

    private static final int ANSWER_SECONDS = 15;

    private final Quick quick;
    private final Output output;
    private ServedTunnel served; // set while coming up
    private NameWatch names;

    private RunningInterface(ConfigFile file, Patience patience, Output output) {
        this.output = output;
        EndpointResolver resolver = EndpointResolver.system(output::warn);
        quick = new Quick(file, this::start, resolver, patience, output);
    }

    /**
     * @throws IOException when it could not be brought up; nothing is left of it then
     */
    static RunningInterface up(ConfigFile file, Patience patience, Output output)
            throws IOException {
        RunningInterface one = new RunningInterface(file, patience, output);
        try {
            one.quick.up();
        } catch (IOException | RuntimeException e) {
            one.close();
            throw e;
        }
        one.names =
                new NameWatch(
                        file.interfaceName(),
                        one.served.tunnel(),
                        file.device(),
                        EndpointResolver.withRetries(0, output::warn),
                        Duration.ofSeconds(REKEY_AFTER_SECONDS + ANSWER_SECONDS),
                        output);
        return one;
    }

    private void start(String name) throws IOException {
        served = ServedTunnel.create(name);
    }

    String name() {
        return served.name();
    }

    /** Calls it when somebody else deleted the interface or its socket, and when it went down. */
    void whenEnded(Runnable action) {
        served.whenEnded().thenRun(action);
    }

    /** Applies what changed in the file; sessions go on. */
    void reload(ConfigFile file) throws IOException {
        quick.reload(file);
        names.configure(file.device());
    }

    /** Undoes all that {@link #up} did; what cannot be undone is told and left. */
    void down() {
        try {
            quick.down();
        } catch (IOException e) {
            output.warn(name() + ": " + e.getMessage());
        }
        close();
    }

    private void close() {
        if (names != null) {
            names.close();
        }
        if (served != null) {
            served.close();
        }
    }
}
