// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Machine;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A virtual machine with the Linux kernel's own WireGuard, emulated in software and connected to a
 * host by a tap.
 *
 * <p>The first serial line is the kernel's console, kept in a file for when something goes wrong.
 * The second is a shell's standard input and output: each script goes in as base64 and its outcome
 * comes back as lines of base64 between markers with the script's number, so nothing it prints can
 * be mistaken for the end.
 */
final class KernelVm implements Machine, AutoCloseable {
    static final String HOST_IPV4 = "10.77.0.1";
    static final String HOST_IPV6 = "fd77::1";
    static final String IPV4 = "10.77.0.2";
    static final String IPV6 = "fd77::2";

    private static final Duration BOOT = Duration.ofSeconds(120);
    private static final String TAP = "tap0";
    private static final String END = "";

    private final Path folder;
    private final Process qemu;
    private final BufferedWriter in;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private int number;

    private KernelVm(Path folder, Process qemu) {
        this.folder = folder;
        this.qemu = qemu;
        in = qemu.outputWriter(StandardCharsets.US_ASCII);
        Thread.ofVirtual().start(this::read);
    }

    /** Boots one beside a host and gives both ends of the link between them their addresses. */
    static KernelVm boot(Host host) {
        host.sh("ip tuntap add %s mode tap && ip link set %s up", TAP, TAP);
        host.address(TAP, HOST_IPV4 + "/24");
        host.address(TAP, HOST_IPV6 + "/64");
        KernelVm vm;
        try {
            Path folder = Files.createTempDirectory("wgjt-");
            KernelImage image = KernelImage.build(folder);
            vm = new KernelVm(folder, host.start(qemu(image, folder.resolve("console"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            // Text written to a serial line before it is opened at the other end is lost.
            vm.section("wgj-ready", System.nanoTime() + BOOT.toNanos(), "(booting)");
            vm.sh("ip link set eth0 up");
            vm.address("eth0", IPV4 + "/24");
            vm.address("eth0", IPV6 + "/64");
            return vm;
        } catch (AssertionError e) {
            AssertionError failure =
                    new AssertionError("the kernel did not come up: " + vm.console(), e);
            vm.close();
            throw failure;
        }
    }

    private static List<String> qemu(KernelImage image, Path console) {
        // Ordinary kernels boot under plain emulation everywhere, under KVM only on real machines.
        return List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-m",
                "256",
                "-no-reboot",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "file:" + console,
                "-serial",
                "stdio",
                "-kernel",
                image.kernel().toString(),
                "-initrd",
                image.initrd().toString(),
                "-append",
                "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on",
                "-netdev",
                "tap,id=net,ifname=" + TAP + ",script=no,downscript=no",
                "-device",
                "virtio-net-pci,netdev=net,romfile=");
    }

    private void read() {
        try (BufferedReader out = qemu.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // Closed with the machine: the end below says so.
        }
        lines.add(END);
    }

    @Override
    public synchronized Command.Result run(Duration deadline, String script) {
        String mark = "wgj-" + number++;
        String encoded =
                Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8));
        try {
            in.write(
                    """
                    echo %1$s | base64 -d >/tmp/script; bash /tmp/script </dev/null >/tmp/out 2>/tmp/err; exit=$?
                    echo; echo %2$s-out; base64 /tmp/out; echo %2$s-err; base64 /tmp/err; echo %2$s-exit; echo $exit
                    """
                            .formatted(encoded, mark));
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long end = System.nanoTime() + deadline.toNanos();
        section(mark + "-out", end, script);
        String out = section(mark + "-err", end, script);
        String err = section(mark + "-exit", end, script);
        int exit = Integer.parseInt(line(end, script));
        return new Command.Result(script, exit, decode(out), decode(err));
    }

    private String section(String mark, long end, String script) {
        StringBuilder text = new StringBuilder();
        for (String line = line(end, script); !line.equals(mark); line = line(end, script)) {
            text.append(line);
        }
        return text.toString();
    }

    private String line(long end, String script) {
        try {
            String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null || (line == END && !qemu.isAlive())) {
                throw new AssertionError(
                        "the virtual machine did not answer: " + script + "\n" + console());
            }
            return line.strip();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while the virtual machine ran a script", e);
        }
    }

    private static String decode(String base64) {
        return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private String console() {
        try {
            return new String(
                    Files.readAllBytes(folder.resolve("console")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        try {
            // The program entered the host's namespaces through another one, which is what this
            // process is.
            qemu.descendants().forEach(ProcessHandle::destroyForcibly);
            qemu.destroyForcibly().waitFor();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "the kernel's virtual machine";
    }
}
