//! Templates in the manner of the supported families, each with the turns of phrase that trip renderers.

use super::*;

fn render(source: &str, messages: &[Message], prompt: bool) -> Result<String, ModelError> {
    ChatTemplate::new(source, "<bos>", "<eos>", ChatDate::default())?.render(messages, prompt)
}

fn talk() -> Vec<Message> {
    vec![Message::user(" Hi "), Message::assistant("Hello"), Message::user("Choose.")]
}

/// ChatML with a default system message: `loop.first`, subscripts, string sums.
const SMOLLM2: &str = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe helpful<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

#[test]
fn smollm2_inserts_its_system_message_only_where_none_is_given() {
    let text = render(SMOLLM2, &talk(), true).unwrap();
    assert_eq!(
        text,
        "<|im_start|>system\nBe helpful<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n\
         <|im_start|>user\nChoose.<|im_end|>\n<|im_start|>assistant\n"
    );
    let own = render(SMOLLM2, &[Message::system("S"), Message::user("U")], false).unwrap();
    assert_eq!(own, "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n");
}

/// Qwen's way: whitespace control on every tag, tools, `or` chains over attributes.
const QWEN2: &str = r#"{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- for tool in tools %}{{- tool | tojson }}{%- endfor %}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are Q.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}
"#;

#[test]
fn qwen_renders_without_stray_whitespace_and_without_thinking() {
    let text = render(QWEN2, &[Message::user("U")], true).unwrap();
    assert_eq!(
        text,
        "<|im_start|>system\nYou are Q.<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    );
}

/// Llama 3's way: the date, `set`, `trim` as filter, slices of the message list.
const LLAMA3: &str = r#"{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "1 Jan 1970" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{{- "Today Date: " + date_string + "\n\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"#;

#[test]
fn llama3_prints_the_given_date() {
    let text = render(LLAMA3, &[Message::system(" S "), Message::user(" U ")], true).unwrap();
    assert_eq!(
        text,
        "<bos><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\nS<|eot_id|>\
         <|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    );
}

/// Gemma's way: no system role, strict alternation, role renamed, content trimmed.
const GEMMA2: &str = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}";

#[test]
fn gemma_gets_the_system_text_in_the_first_user_message() {
    let text = render(GEMMA2, &[Message::system("S"), Message::user("U")], true).unwrap();
    assert_eq!(text, "<bos><start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\n");
    let text = render(GEMMA2, &talk(), false).unwrap();
    assert_eq!(
        text,
        "<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n<start_of_turn>user\nChoose.<end_of_turn>\n"
    );
}

#[test]
fn a_refusal_that_merging_does_not_cure_is_told() {
    let error = render(GEMMA2, &[Message::user("U"), Message::user("V")], true).unwrap_err().to_string();
    assert!(error.contains("must alternate"), "{error}");
    let error = render(GEMMA2, &[Message::system("S"), Message::assistant("U")], true).unwrap_err().to_string();
    assert!(error.contains("System role not supported"), "{error}");
}

#[test]
fn generation_tags_vanish_and_python_methods_work() {
    let source = "{% for m in messages %}\n{%- generation -%}\n {{ m.content.strip().upper() }} \n{%- endgeneration %}\n{% endfor %}";
    assert_eq!(render(source, &[Message::user(" a "), Message::user("b")], false).unwrap(), "AB");
    let split = "{{ messages[0].content.split('|')[-1] }}{% if messages[0].content.startswith('x') %}!{% endif %}";
    assert_eq!(render(split, &[Message::user("x|y")], false).unwrap(), "y!");
}

#[test]
fn a_piece_of_a_tag_is_refused() {
    for source in ["{%}", "{%} {% generation %}{% endgeneration %}", "{% generation %}{%}"] {
        assert!(render(source, &[], false).is_err(), "{source}");
    }
    assert_eq!(without_generation_tags("{%}{% generation %}"), "{%}{% generation %}");
}

#[test]
fn tojson_writes_as_python_does() {
    let source = "{{ {'a': [1, 'é<&>'], 'b': none} | tojson }}";
    assert_eq!(render(source, &[], false).unwrap(), r#"{"a": [1, "é<&>"], "b": null}"#);
    let source = "{{ [1] | tojson(indent=2) }}";
    assert_eq!(render(source, &[], false).unwrap(), "[\n  1\n]");
}

#[test]
fn dates_come_out_as_strftime_writes_them() {
    let date = ChatDate { year: 2025, month: 1, day: 5 };
    assert_eq!(date.format("%A %a %d %B %b %y %Y-%m %%").unwrap(), "Sunday Sun 05 January Jan 25 2025-01 %");
    assert!(date.format("%q").unwrap_err().to_string().contains("%q"));
}

#[test]
fn a_broken_template_says_where() {
    let error = render("{% for %}", &[], false).unwrap_err().to_string();
    assert!(error.contains("does not compile"), "{error}");
}

/// Templates that ask for endless time or memory. None of them may get it. (Those that only the deadline stops keep
/// running until their process ends, so `tests/inputs.rs` tries them in a process of their own.)
fn greedy() -> Vec<(&'static str, String)> {
    let loops = "{% for i in range(100000) %}{% for j in range(100000) %}BODY{% endfor %}{% endfor %}";
    let doubling =
        |start: &str, step: &str| format!("{{% set x = {start} %}}{}", format!("{{% set x = {step} %}}").repeat(40));
    let wrapped = "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}";
    vec![
        ("loops in silence", loops.replace("BODY", "")),
        ("loops that print", loops.replace("BODY", "xxxxxxxxxxxxxxxx")),
        ("loops that print much", loops.replace("BODY", &"x".repeat(10_000))),
        ("a block that is set", format!("{{% set x %}}{}{{% endset %}}", loops.replace("BODY", &"x".repeat(10_000)))),
        ("a string doubled by +", doubling("'x'", "x + x") + "{{ x|length }}"),
        ("a string doubled by ~", doubling("'x'", "x ~ x") + "{{ x|length }}"),
        ("a string doubled and printed", doubling("'x'", "x ~ x") + "{{ x }}"),
        ("lists of lists to JSON", doubling("[1]", "[x, x]") + "{{ x|tojson }}"),
        ("tojson's indent", "{{ [1]|tojson(indent=1000000000) }}".into()),
        ("indent", "{{ 'a\nb'|indent(2000000000) }}".into()),
        ("format's width", "{{ '{:>1000000000}'.format('x') }}".into()),
        ("printf's width", "{{ '%1000000000s'|format('x') }}".into()),
        ("batch", "{{ [1]|batch(1000000000, 0)|list }}".into()),
        ("slice", "{{ [1]|slice(1000000000, 0)|list }}".into()),
        ("a format's own width", "{{ '{:>{}}'.format('x', 1000000000) }}".into()),
        ("replace", "{{ ('x' * 10000)|replace('x', 'y' * 1000000)|length }}".into()),
        ("replace, Python's", "{{ ('x' * 10000).replace('x', 'y' * 1000000)|length }}".into()),
        ("join", "{{ range(10000)|join('y' * 1000000)|length }}".into()),
        ("join, Python's", "{{ ('y' * 1000000).join(range(10000)|map('string'))|length }}".into()),
        ("join of long strings", "{% set z = 'z' * 1000000 %}{{ ''.join([z] * 100000)|length }}".into()),
        ("repetition", "{{ 'x' * 99999999 ~ 'x' * 99999999 ~ 'x' * 99999999 }}".into()),
        ("much repetition", "{% set x = 'x' * 99999999 %}".repeat(1000)),
        ("much text", "{{ 'x' * 100000 }}".repeat(1000)),
        ("a range as a list", "{{ range(99999999)|list|length }}".into()),
        ("sorting", "{{ range(99999999)|sort|length }}".into()),
        ("recursion", "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('x') }}".into()),
        ("two recursions", "{% macro f(n) %}{{ f(n + 1) }}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}".into()),
        (
            "recursion of a loop",
            "{% for x in [[1]] recursive %}{{ loop([x, x]) }}{{ loop([x, x]) }}{% endfor %}".into(),
        ),
        ("lists in lists", format!("{wrapped}{{{{ ns.x }}}}")),
        ("lists in lists to JSON", format!("{wrapped}{{{{ ns.x|tojson }}}}")),
        ("lists in lists, compared", format!("{wrapped}{{{{ ns.x == [ns.x] }}}}")),
        ("a long exception", doubling("'x'", "x ~ x") + "{{ raise_exception(x) }}"),
    ]
}

#[test]
fn greedy_templates_end_soon_and_in_a_sentence() {
    for (name, source) in greedy() {
        let started = std::time::Instant::now();
        let error = render(&source, &talk(), true).expect_err(name).to_string();
        assert!(started.elapsed().as_secs_f64() < 5.0, "{name}: {:?}", started.elapsed());
        assert!(error.starts_with("chat template: ") && error.len() < 1000, "{name}: {error}");
    }
}

#[test]
fn nested_templates_do_not_exhaust_the_stack() {
    let most = 65_000;
    let repeated = |part: &str| part.repeat(most / part.len());
    for (name, source) in [
        ("not", format!("{{{{ {} 1 }}}}", "not ".repeat(16_000))),
        ("not not of a name", format!("{{{{ {} x }}}}", "not ".repeat(16_000))),
        ("signs", format!("{{{{ {}1 }}}}", repeated("-"))),
        ("brackets", format!("{{{{ {} }}}}", repeated("["))),
        ("a sum", format!("{{{{ 1{} }}}}", repeated("+x"))),
        ("a string", format!("{{{{ 1{} }}}}", repeated("~x"))),
        ("and", format!("{{{{ x{} }}}}", repeated(" and x"))),
        ("filters", format!("{{{{ x{} }}}}", repeated("|e"))),
        ("fields", format!("{{{{ messages{} }}}}", repeated(".a"))),
        ("calls", format!("{{{{ x{} }}}}", repeated("()"))),
        ("powers", format!("{{{{ 1{} }}}}", repeated("**1"))),
        ("conditions", format!("{{{{ 1{} }}}}", repeated(" if 1 else 1"))),
        ("elif", format!("{{% if x %}}{}{{% endif %}}", repeated("{% elif x %}"))),
        ("blocks", repeated("{% if x %}")),
    ] {
        let started = std::time::Instant::now();
        let told = render(&source, &talk(), true).map_err(|error| error.to_string());
        assert!(started.elapsed().as_secs_f64() < 5.0, "{name}: {:?}", started.elapsed());
        assert!(
            told.as_ref().is_ok_and(|text| text.len() < 100) || told.is_err_and(|text| text.len() < 1000),
            "{name}"
        );
    }
    let error = render(&"x".repeat(100_000), &talk(), true).unwrap_err().to_string();
    assert!(error.contains("100000 bytes long, more than the 65536"), "{error}");
}

#[test]
fn what_a_template_says_cannot_steer_a_terminal() {
    let error = render("{{ raise_exception('\u{1b}[31mred') }}", &talk(), true).unwrap_err().to_string();
    assert!(error.contains("\\u{1b}[31mred"), "{error}");
}

#[test]
fn long_conversations_are_within_the_limits() {
    let messages: Vec<Message> =
        (0..50).flat_map(|_| [Message::user("x".repeat(2_000)), Message::assistant("y".repeat(2_000))]).collect();
    for template in [SMOLLM2, QWEN2, LLAMA3, GEMMA2] {
        assert!(render(template, &messages, true).unwrap().len() > 200_000);
    }
}
