// Everything the widget says, in each of its languages.
import type { Lang } from "./types";

const ja = {
  open: "チャットで質問する", close: "閉じる", title: "お問い合わせ", new: "新しい会話を始める",
  greeting: "こんにちは。", promise: "ご質問をどうぞ。資料をもとに、出典を添えてお答えします。",
  suggestions: "よくあるご質問", conversation: "会話", asked: "お客様", answered: "回答", label: "ご質問",
  placeholder: "質問を入力", send: "送信", hint: "AI がお答えします。大切なことは出典をご確認ください。",
  thinking: "考えています", slow: "お調べしています。もう少しお待ちください。",
  sources: "出典", source: (n: number) => `出典 ${n} を表示`, page: (n: number) => `${n} ページ`, slide: (n: number) => `スライド ${n}`, updated: "更新日",
  link: "元のページを開く", newTab: "（新しいタブで開きます）", passage: (n: number) => `出典 ${n}`,
  copy: "コピー", copied: "コピーしました", notCopied: "コピーできませんでした",
  up: "役に立った", down: "役に立たなかった", comment: "よろしければ、理由をお聞かせください（任意）",
  sendComment: "送る", thanks: "ありがとうございます。", feedbackFailed: "送れませんでした。もう一度お試しください。",
  person: "担当者に相談", personTitle: "担当者に相談する", back: "会話に戻る",
  personIntro: "この会話の内容を添えて、担当者にお伝えします。お返事はメールでお送りします。",
  name: "お名前", email: "メールアドレス", message: "ご相談の内容", required: "必須", optional: "任意",
  emailWrong: "メールアドレスを正しく入力してください。例：hanako@example.jp", emailMissing: "メールアドレスを入力してください。",
  messageMissing: "ご相談の内容を入力してください。",
  sendPerson: "担当者に送る", sending: "送っています…", personDone: "担当者にお伝えしました",
  personDoneText: (email: string) => `${email} にお返事いたします。このまま質問を続けていただけます。`,
  personFailed: "送れませんでした。入力いただいた内容は残っています。もう一度お試しください。",
  direct: "直接のご連絡先", phone: "電話", hours: "受付時間",
  refused: "資料に見当たりません", handoff: "担当者がご対応します", toPerson: "下のボタンから、お返事先をお知らせください。", clarify: "もう少しお聞かせください", failed: "お答えできませんでした", again: "もう一度",
  limited: "しばらくお待ちください", limitedText: "短い間に多くのご質問をいただきました。",
  wait: (s: number) => `あと ${span("ja", s)}でもう一度お試しいただけます`, ready: "もう一度お試しいただけます。",
  offline: "インターネットに接続されていません。", unreachable: "ただいま接続できません。",
  reconnecting: "接続が切れました。つなぎ直しています…", cut: "途中で接続が切れました。", broken: "もう一度お試しください。",
  forgetful: "この会話は、いま保存できていません。", notHere: "このページでは、ただいまご利用いただけません。",
  shorten: "文章が長すぎます。短くしてお試しください。", tooLong: (n: number) => `${n.toLocaleString("ja")} 文字まで入力できます。`,
};

export type Words = typeof ja;

/** How long to wait: "42 seconds", "1 minute", "42 秒". */
function span(lang: Lang, seconds: number): string {
  const [unit, n] = seconds > 90 ? ["minute", Math.ceil(seconds / 60)] : ["second", seconds];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(n);
}

const en: Words = {
  open: "Ask us in chat", close: "Close", title: "Help", new: "Start a new conversation",
  greeting: "Hello! ", promise: "What can we help you with? Answers come from our own documents, with their sources.",
  suggestions: "Often asked", conversation: "Conversation", asked: "You", answered: "Answer", label: "Your question",
  placeholder: "Type your question", send: "Send", hint: "Answered by AI. Please check the sources.",
  thinking: "Thinking", slow: "Still looking. Just a moment, please.",
  sources: "Sources", source: (n) => `Show source ${n}`, page: (n) => `Page ${n}`, slide: (n) => `Slide ${n}`, updated: "Updated",
  link: "Open the original", newTab: " (opens in a new tab)", passage: (n) => `Source ${n}`,
  copy: "Copy", copied: "Copied", notCopied: "Could not copy",
  up: "Helpful", down: "Not helpful", comment: "Would you tell us why? (optional)",
  sendComment: "Send", thanks: "Thank you.", feedbackFailed: "That could not be sent. Please try again.",
  person: "Talk to a person", personTitle: "Talk to a person", back: "Back to the conversation",
  personIntro: "We pass this conversation to our team. They will answer you by email.",
  name: "Name", email: "Email", message: "What is it about?", required: "required", optional: "optional",
  emailWrong: "Please check the email address. Example: hanako@example.com", emailMissing: "Please enter your email address.",
  messageMissing: "Please tell us what it is about.",
  sendPerson: "Send to our team", sending: "Sending…", personDone: "Passed to our team",
  personDoneText: (email) => `They will write to ${email}. You can keep asking here.`,
  personFailed: "That could not be sent. What you typed is still here. Please try again.",
  direct: "Reach us directly", phone: "Phone", hours: "Hours",
  refused: "Not in our documents", handoff: "A person can help", toPerson: "Press the button and tell us where to reply.", clarify: "One more question", failed: "No answer this time", again: "Try again",
  limited: "One moment, please", limitedText: "That was a lot of questions in a short time.",
  wait: (s) => `You can try again in ${span("en", s)}`, ready: "You can try again now.",
  offline: "You are offline.", unreachable: "We cannot be reached right now.",
  reconnecting: "The connection was lost. Reconnecting…", cut: "The connection was lost on the way.", broken: "Please try again.",
  forgetful: "This conversation cannot be saved at the moment.", notHere: "The chat is not available on this page.",
  shorten: "That is too long. Please make it shorter.", tooLong: (n) => `At most ${n.toLocaleString("en")} characters can be sent.`,
};

export const WORDS: Record<Lang, Words> = { ja, en };

/** The language of the widget for a BCP 47 tag such as ja-JP; English for those that it does not speak. */
export function speaks(tag: string): Lang {
  return /^ja\b/i.test(tag.trim()) ? "ja" : "en";
}

/** The language somebody writes in; null when a text does not tell, as a model number or "OK". */
export function written(text: string): Lang | null {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text)) return "ja";
  return (text.match(/\p{Script=Latin}{2,}/gu) ?? []).length >= 3 ? "en" : null;
}
