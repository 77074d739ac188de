// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.portable.ChildJvm;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The class path or module path of an example. */
public final class Example {
    /** The options that docs/library.md names for the class path, and no tolerance beyond them. */
    static final List<String> OPTIONS =
            List.of(
                    "--illegal-native-access=deny",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow");

    private Example() {}

    /** The class path that Maven resolves for a program that depends on the library alone. */
    static List<Path> libraries() throws IOException {
        return classPath("class-path");
    }

    /** The same with the network stack, and the clients of its examples. */
    static List<Path> netLibraries() throws IOException {
        return classPath("net-class-path");
    }

    private static List<Path> classPath(String file) throws IOException {
        String path = Files.readString(Path.of("target", file)).strip();
        return Stream.of(path.split(File.pathSeparator)).map(Path::of).toList();
    }

    /** Paths as a class path or module path. */
    static String join(List<Path> paths) {
        return String.join(File.pathSeparator, paths.stream().map(Path::toString).toList());
    }

    /** Runs an example on that class path, with other options and with more jars. */
    static List<String> run(List<String> options, List<Path> more, String... nameAndArguments)
            throws Exception {
        List<Path> classPath = new ArrayList<>(more);
        classPath.addAll(libraries());
        return run(options, nameAndArguments, classPath);
    }

    private static List<String> run(
            List<String> options, String[] nameAndArguments, List<Path> libraries)
            throws Exception {
        List<Path> classPath = new ArrayList<>();
        classPath.add(Path.of("target", "classes"));
        classPath.addAll(libraries);
        List<String> command = new ArrayList<>(options);
        command.add("--class-path");
        command.add(join(classPath));
        command.add("org.wgj.examples." + nameAndArguments[0]);
        command.addAll(List.of(nameAndArguments).subList(1, nameAndArguments.length));
        return ChildJvm.run(command.toArray(String[]::new));
    }

    /** Runs an example on that class path. */
    static List<String> run(String... nameAndArguments) throws Exception {
        return withoutSlf4jWarning(run(OPTIONS, List.of(), nameAndArguments));
    }

    /** Runs an example of the package "net", with the network stack and the clients. */
    public static List<String> runNet(String name, String... arguments) throws Exception {
        List<String> nameAndArguments = new ArrayList<>(List.of("net." + name));
        nameAndArguments.addAll(List.of(arguments));
        String[] all = nameAndArguments.toArray(String[]::new);
        return withoutSlf4jWarning(run(OPTIONS, all, netLibraries()));
    }

    /** Without what SLF4J says if there is no back end. */
    static List<String> withoutSlf4jWarning(List<String> lines) {
        return lines.stream().filter(line -> !line.startsWith("SLF4J(W)")).toList();
    }
}
