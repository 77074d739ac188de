// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Debian's cloud kernel and an initial file system for it: busybox, the modules that WireGuard and
 * the network card need, and this machine's `bash`, `wg`, `ip` and `iperf3` with their libraries
 * (busybox's own shell would run its own `ip` in place of the real one).
 *
 * <p>The unpacked kernel package has no modules.dep (its installation would make one), so
 * dependencies are read where depmod reads them: each module holds a string `depends=a,b`.
 */
record KernelImage(Path kernel, Path initrd) {
    private static final List<String> MODULES = List.of("virtio_pci", "virtio_net", "wireguard");
    private static final List<String> PROGRAMS = List.of("bash", "wg", "ip", "iperf3");

    /**
     * Runs as the first process; then the second serial line is a shell's standard input and
     * output.
     */
    private static final String INIT =
            """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/usr/sbin:/usr/bin:/sbin:/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs dev /dev
            mkdir -p /dev/shm /run /tmp
            ln -s /run /var/run
            for module in $(cat /modules); do insmod $module || echo "no $module"; done
            ip link set lo up
            stty -F /dev/ttyS1 raw -echo
            exec setsid sh -c 'exec </dev/ttyS1 >/dev/ttyS1 2>&1; echo wgj-ready; exec bash'
            """;

    /** Builds the initial file system inside the given folder. */
    static KernelImage build(Path folder) {
        try {
            Path package_ = Repository.peers().resolve("kernel");
            Path root = folder.resolve("root");
            for (String made : List.of("bin", "modules.d", "var", "proc", "sys", "dev", "run")) {
                Files.createDirectories(root.resolve(made));
            }
            Files.copy(which("busybox"), root.resolve("bin/busybox"));
            root.resolve("bin/busybox").toFile().setExecutable(true);
            for (String program : PROGRAMS) {
                install(root, which(program));
            }
            Files.writeString(
                    root.resolve("modules"),
                    String.join("\n", installModules(root, package_)) + "\n");
            Files.writeString(root.resolve("init"), INIT);
            root.resolve("init").toFile().setExecutable(true);
            Path initrd = folder.resolve("initrd");
            bash("cd '%s' && find . | cpio -o -H newc --quiet > '%s'".formatted(root, initrd));
            return new KernelImage(find(package_.resolve("boot"), "vmlinuz-"), initrd);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path which(String program) {
        return Path.of(bash("command -v " + program).strip());
    }

    /** Copies a program and the libraries it is linked with to where they are on this machine. */
    private static void install(Path root, Path program) {
        bash(
                """
                for file in %2$s $(ldd %2$s | grep -o '/[^ ]*'); do
                    mkdir -p '%1$s'"${file%%/*}" && cp -L "$file" '%1$s'"$file"
                done
                """
                        .formatted(root, program));
    }

    private static Set<String> installModules(Path root, Path package_) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(package_.resolve("lib/modules"))) {
            all = files.filter(file -> file.toString().endsWith(".ko")).toList();
        }
        Set<String> inOrder = new LinkedHashSet<>();
        for (String module : MODULES) {
            installModule(root, all, module, inOrder);
        }
        return inOrder;
    }

    private static void installModule(Path root, List<Path> all, String module, Set<String> inOrder)
            throws IOException {
        Path file =
                all.stream()
                        .filter(path -> moduleName(path).equals(module.replace('-', '_')))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "the kernel package has no module " + module));
        String installed = "/modules.d/" + file.getFileName();
        if (inOrder.contains(installed)) {
            return;
        }
        for (String needed : depends(file)) {
            installModule(root, all, needed, inOrder);
        }
        Files.copy(file, root.resolve(installed.substring(1)));
        inOrder.add(installed);
    }

    private static String moduleName(Path file) {
        return file.getFileName().toString().replace(".ko", "").replace('-', '_');
    }

    private static List<String> depends(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        int start = text.indexOf("\0depends=") + "\0depends=".length();
        String names = text.substring(start, text.indexOf('\0', start));
        return names.isEmpty() ? List.of() : List.of(names.split(","));
    }

    private static Path find(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + prefix + " in " + folder));
        }
    }

    private static String bash(String script) {
        return Command.run(Duration.ofSeconds(60), "", List.of("bash", "-c", script))
                .orFail()
                .out();
    }
}
