//! The compiled program, and the instances of it: one of each module in every thread, over one memory.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use wasmtime::{
    Engine, Extern, ExternType, FuncType, Global, Instance, Linker, Module, Ref, RefType, SharedMemory, Store, Table,
    TableType, TypedFunc, UpdateDeadline, Val, ValType,
};

use super::compile::{LEAN, SHIM, SYMBOLS, runtime_engine};
use super::host::{self, Exceptions};
use super::parts::{Parts, function_at};
use super::run::{Run, Unwind};
use super::split::MARKS;
use super::symbols::Symbols;
use crate::EngineError;

/// What is opened once and used by every run.
pub(super) struct Program {
    pub(super) engine: Engine,
    pub(super) symbols: Symbols,
    /// Bounds of the memory that the module wants, in pages.
    pub(super) pages: (u32, u32),
    pub(super) parts: Parts,
    /// Where instrumented code marks the functions that it calls.
    marks: Option<SharedMemory>,
    lean: Module,
    shim: Module,
    linker: Linker<Host>,
}

impl Program {
    pub(super) fn open(dir: &Path) -> Result<Self, EngineError> {
        let unusable = |file: &str, why: String| {
            let path = dir.join(file);
            EngineError::NotReady(format!("{}: {why}; run `cargo harmonic setup`", path.display()))
        };
        let engine = runtime_engine().map_err(EngineError::Broken)?;
        let module = |file: &str| {
            // SAFETY: the file was written by `compile` into the tool's own cache, which belongs to the user; wasmtime
            // checks that it is of its own version and settings. Who can change the user's files can run code as the user.
            unsafe { Module::deserialize_file(&engine, dir.join(file)) }.map_err(|e| unusable(file, format!("{e:#}")))
        };
        let (lean, shim) = (module(LEAN)?, module(SHIM)?);
        let symbols = std::fs::read(dir.join(SYMBOLS)).map_err(|e| unusable(SYMBOLS, e.to_string()))?;
        let symbols = Symbols::parse(symbols).ok_or_else(|| unusable(SYMBOLS, "damaged".into()))?;
        let memory_of = |marks: bool| {
            let mut imports = lean.imports().filter(|i| ((i.module(), i.name()) == MARKS) == marks);
            imports.find_map(|i| i.ty().memory().cloned())
        };
        let marks = memory_of(true).map(|ty| SharedMemory::new(&engine, ty)).transpose();
        let marks = marks.map_err(|e| unusable(LEAN, format!("{e:#}")))?;
        let memory = memory_of(false);
        let pages = memory.and_then(|m| Some((u32::try_from(m.minimum()).ok()?, u32::try_from(m.maximum()?).ok()?)));
        let pages = pages.ok_or_else(|| unusable(LEAN, "it imports no memory".into()))?;
        let linker = host::linker(&engine, &lean, &shim).map_err(|e| unusable(LEAN, format!("{e:#}")))?;
        Ok(Self { engine, symbols, pages, parts: Parts::of(dir), marks, lean, shim, linker })
    }

    /// Adds what instrumented code marked to the file `marks` beside the engine's folder; nothing for other code.
    pub(super) fn save_marks(&self) -> std::io::Result<()> {
        let Some(marks) = &self.marks else { return Ok(()) };
        let path = self.parts.marks();
        std::fs::create_dir_all(self.parts.folder())?;
        let mut all = match std::fs::read(&path) {
            Ok(old) => old,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(e),
        };
        all.resize(marks.data_size(), 0);
        for (kept, cell) in all.iter_mut().zip(marks.data()) {
            // SAFETY: reading a byte that guest threads may be setting to 1; either value is right.
            *kept |= unsafe { cell.get().read_volatile() };
        }
        std::fs::write(path, all)
    }
}

/// What host functions find in the store of the thread that calls them.
pub(super) struct Host {
    pub(super) run: Arc<Run>,
    pub(super) thread: u64,
    pub(super) exceptions: Exceptions,
    /// Parts that are loaded in this thread.
    pub(super) parts: HashSet<u16>,
    exports: Option<Exports>,
}

macro_rules! exports {
    ($($field:ident: $name:literal $params:ty => $result:ty;)*) => {
        /// The guest's functions that the host calls. A guest may lack any of them; the call is what fails then.
        #[derive(Clone)]
        pub(super) struct Exports {
            pub(super) table: Table,
            pub(super) instance: Instance,
            $($field: Option<TypedFunc<$params, $result>>,)*
        }

        impl Exports {
            fn of(store: &mut Store<Host>, instance: Instance, table: Table) -> Self {
                Self { table, instance, $($field: instance.get_typed_func(&mut *store, $name).ok(),)* }
            }

            $(pub(super) fn $field(&self) -> wasmtime::Result<TypedFunc<$params, $result>> {
                self.$field.clone().ok_or_else(|| wasmtime::Error::msg(concat!("the guest lacks ", $name)))
            })*
        }
    };
}

exports! {
    apply_relocs: "__wasm_apply_data_relocs" () => ();
    constructors: "__wasm_call_ctors" () => ();
    main: "main" (u32, u32) => i32;
    main_argc_argv: "__main_argc_argv" (u32, u32) => i32;
    flush: "fflush" u32 => i32;
    malloc: "malloc" u32 => u32;
    memalign: "emscripten_builtin_memalign" (u32, u32) => u32;
    set_threw: "setThrew" (i32, i32) => ();
    set_temp_ret: "_emscripten_tempret_set" u32 => ();
    can_catch: "__cxa_can_catch" (u32, u32, u32) => i32;
    increment_refcount: "__cxa_increment_exception_refcount" u32 => ();
    decrement_refcount: "__cxa_decrement_exception_refcount" u32 => ();
    exception_pointer: "__cxa_get_exception_ptr" u32 => u32;
    stack_set_limits: "emscripten_stack_set_limits" (u32, u32) => ();
    stack_restore: "_emscripten_stack_restore" u32 => ();
    thread_init: "_emscripten_thread_init" (u32, i32, i32, i32, i32, i32) => ();
    tls_init: "_emscripten_tls_init" () => u32;
    thread_exit: "_emscripten_thread_exit" u32 => ();
    thread_free: "_emscripten_thread_free_data" u32 => ();
}

impl Host {
    pub(super) fn exports(&self) -> wasmtime::Result<&Exports> {
        self.exports.as_ref().ok_or_else(|| wasmtime::Error::msg("the guest calls the host before it is set up"))
    }
}

/// One thread's instances.
pub(super) struct Guest {
    store: Store<Host>,
    exports: Exports,
}

impl Guest {
    pub(super) fn new(run: &Arc<Run>, thread: u64) -> wasmtime::Result<Self> {
        let program = run.program.clone();
        let host =
            Host { run: run.clone(), thread, exceptions: Exceptions::default(), parts: HashSet::new(), exports: None };
        let mut store = Store::new(&program.engine, host);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            if store.data().run.is_stopped() { Err(Unwind::Stopped.into()) } else { Ok(UpdateDeadline::Continue(1)) }
        });
        if run.is_stopped() {
            return Err(Unwind::Stopped.into());
        }
        let table = TableType::new(RefType::FUNCREF, program.symbols.table_size, None);
        let table = Table::new(&mut store, table, Ref::Func(None))?;
        host::install_own(&mut store, table, program.symbols.wait_slot)?;
        let missing = |module: &str, name: &str| wasmtime::Error::msg(format!("no such import: {module}.{name}"));

        let mut externs = vec![];
        for import in program.shim.imports() {
            externs.push(match import.ty() {
                ExternType::Table(_) => Extern::from(table),
                _ => program
                    .linker
                    .get_by_import(&mut store, &import)
                    .ok_or_else(|| missing(import.module(), import.name()))?,
            });
        }
        let shim = Instance::new(&mut store, &program.shim, &externs)?;

        let mut externs = vec![];
        for import in program.lean.imports() {
            externs.push(match import.ty() {
                ExternType::Memory(_) => match &program.marks {
                    Some(marks) if (import.module(), import.name()) == MARKS => Extern::from(marks.clone()),
                    _ => Extern::from(run.memory.shared().clone()),
                },
                ExternType::Table(_) => Extern::from(table),
                ExternType::Global(ty) => {
                    // `GOT.func`: the slot of a function; absent ones (of WebGL and the like) are null pointers.
                    let name = import.name().as_bytes();
                    let slot = program.symbols.import(name).or_else(|| program.symbols.export(name)).unwrap_or(0);
                    Extern::from(Global::new(&mut store, ty, Val::I32(slot as i32))?)
                }
                ExternType::Func(_) => match shim.get_func(&mut store, import.name()) {
                    Some(function) => Extern::from(function),
                    None => program
                        .linker
                        .get_by_import(&mut store, &import)
                        .ok_or_else(|| missing(import.module(), import.name()))?,
                },
                ExternType::Tag(_) => return Err(missing(import.module(), import.name())),
            });
        }
        let instance = Instance::new(&mut store, &program.lean, &externs)?;
        let exports = Exports::of(&mut store, instance, table);
        store.data_mut().exports = Some(exports.clone());
        Ok(Self { store, exports })
    }

    /// Runs constructors and `main`.
    pub(super) fn main(&mut self, args: &[String]) -> wasmtime::Result<i32> {
        let (store, exports) = (&mut self.store, &self.exports);
        if let Ok(relocate) = exports.apply_relocs() {
            relocate.call(&mut *store, ())?;
        }
        if let Ok(constructors) = exports.constructors() {
            constructors.call(&mut *store, ())?;
        }
        let malloc = exports.malloc()?;
        let run = store.data().run.clone();
        let argc = u32::try_from(args.len() + 1)?;
        let argv = malloc.call(&mut *store, 4 * (argc + 1))?;
        for (index, text) in std::iter::once("/lean/bin/lean").chain(args.iter().map(String::as_str)).enumerate() {
            let pointer = malloc.call(&mut *store, u32::try_from(text.len() + 1)?)?;
            run.memory.write_cstr(pointer, text.as_bytes())?;
            run.memory.write_u32(argv.wrapping_add(4 * index as u32), pointer)?;
        }
        run.memory.write_u32(argv.wrapping_add(4 * argc), 0)?;
        let main = exports.main().or_else(|_| exports.main_argc_argv())?;
        main.call(&mut *store, (argc, argv))
    }

    /// Runs a thread of the guest from its `pthread` structure on.
    pub(super) fn thread(&mut self, pthread: u32, entry: u32, argument: u32) -> wasmtime::Result<()> {
        let (store, exports) = (&mut self.store, &self.exports);
        let run = store.data().run.clone();
        // Emscripten's `struct pthread`: the top of the stack at 52, its size at 56.
        let field = |at: u32| pthread.checked_add(at).ok_or(super::memory::Fault);
        let top = run.memory.read_u32(field(52)?)?;
        let size = run.memory.read_u32(field(56)?)?;
        if let Ok(limits) = exports.stack_set_limits() {
            limits.call(&mut *store, (top, top.wrapping_sub(size)))?;
            exports.stack_restore()?.call(&mut *store, top)?;
        }
        if let Ok(init) = exports.thread_init() {
            init.call(&mut *store, (pthread, 0, 0, 1, 0, 0))?;
        }
        if let Ok(tls) = exports.tls_init() {
            tls.call(&mut *store, ())?;
        }
        let body = function_at(&mut *store, entry)?;
        let result = body.typed::<u32, u32>(&*store)?.call(&mut *store, argument)?;
        let ended = match exports.thread_exit() {
            Ok(exit) => exit.call(&mut *store, result),
            Err(_) => Ok(()),
        };
        // Its allocator, mimalloc, is not told by emscripten that a thread has ended; untold, it never uses again what the
        // thread had for itself, 4 MB each.
        if let Some(slot) = run.program.symbols.export(b"mi_thread_done") {
            function_at(&mut *store, slot)?.typed::<(), ()>(&*store)?.call(&mut *store, ())?;
        }
        ended
    }

    /// Writes out what C streams hold. Failure loses output of a run that ends anyway.
    pub(super) fn flush(&mut self) {
        if let Ok(flush) = self.exports.flush() {
            let _ = flush.call(&mut self.store, 0);
        }
    }
}

/// The type of the functions that stand in for waiting instructions.
pub(super) fn wait_type(engine: &Engine, expected: ValType) -> FuncType {
    FuncType::new(engine, [ValType::I32, expected, ValType::I64, ValType::I32], [ValType::I32])
}
